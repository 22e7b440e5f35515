"""Reads price tables, contracts, Regions, and the tables that map usage types to meters."""
