"""Reads the prices that AWS publishes: Price List offer files and calculator feeds."""
