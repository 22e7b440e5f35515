"""Networks: what is built, the usage AWS meters of it, and the bill."""
