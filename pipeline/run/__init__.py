"""From data/raw to data/processed: which sources there are, what is stale, entering, writing. The only stage with files."""
