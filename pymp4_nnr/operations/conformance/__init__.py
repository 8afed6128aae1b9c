"""The rules that `check` knows, one module for each theme."""
