"""Price books: the embedded tables, contracts, price history, and refreshing them from AWS."""
