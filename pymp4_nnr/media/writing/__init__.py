"""MP4 files as they will be: tracks made of bitstreams, and files rewritten as boxes."""
