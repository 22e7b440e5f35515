"""The state of a session: what was loaded, set and answered, and its link."""
