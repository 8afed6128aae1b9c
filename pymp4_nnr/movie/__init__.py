"""Movies as they are: tracks, sample tables, fragments, timing. Reading only."""
