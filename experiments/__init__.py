"""Experiments that need more than the package does; each has an environment of its own."""
