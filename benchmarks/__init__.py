"""Figures against peers and against the physical limit, measured side by side in one run."""
