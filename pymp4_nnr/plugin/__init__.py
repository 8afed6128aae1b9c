"""Registration with pymp4: the only layer that imports pymp4."""
