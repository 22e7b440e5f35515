"""Everything that reads: price tables, catalogue, network and demand files."""
