"""Figures: pure functions from answers to plotly."""
