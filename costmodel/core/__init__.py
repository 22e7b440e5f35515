"""Errors, units, exact decimals, tiers, tables of columns: what every other package uses."""
