"""Byte sources, byte ranges, and outputs that appear whole. Knows nothing of units or boxes."""
