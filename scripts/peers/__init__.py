"""How other programs read the boxes of a file, for `compare_with_peers.py`."""
