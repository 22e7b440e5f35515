"""Reads bills: Cost and Usage Reports, legacy and 2.0, and FOCUS exports, of any size."""
