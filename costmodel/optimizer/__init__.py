"""The cheapest plan of a demand, with its proof."""
