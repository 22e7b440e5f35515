"""Bills from AWS: what was charged, re-rated at list prices, and what to change."""
