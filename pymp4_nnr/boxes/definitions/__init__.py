"""Definitions of boxes and sample entries, by family. Importing a module declares what it holds."""
