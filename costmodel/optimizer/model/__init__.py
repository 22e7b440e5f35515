"""The optimization problem: candidates, cost columns and limits, as arrays."""
