"""Flow logs: who sends what through which gateway, each byte that AWS bills counted once."""
