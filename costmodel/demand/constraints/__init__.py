"""The constraints of a demand file: one class per key, in one module per family."""
