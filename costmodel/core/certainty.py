"""How certain a statement is: the levels of findings, traffic and sensitivities."""

SURE, LIKELY, RANGE = "high", "medium", "low"
"""The bill alone shows it; it is true unless the network needs it that way; its dollars are an upper bound."""
