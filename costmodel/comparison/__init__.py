"""Architectures side by side, and where the cheapest one changes."""
