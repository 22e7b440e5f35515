"""How sure a statement is: three levels that findings, traffic and sensitivities share."""

SURE, LIKELY, RANGE = "high", "medium", "low"
"""The bill alone shows it; it holds unless the network needs it so; its dollars are the most it can be."""
