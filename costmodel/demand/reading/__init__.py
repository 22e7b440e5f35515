"""Reads demand files."""
