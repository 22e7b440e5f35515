"""The algorithms that solve the optimization problem."""
