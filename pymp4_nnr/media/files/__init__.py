"""Bytes in and out of files: the walk over top-level boxes, and copying by the kernel."""
