"""One page for management: the answer, how sure it is, and the decision to make."""
