"""The command line: arguments, progress, tables, exit codes. Nothing is computed here.

One command, one module; a command is imported when it is used, and imports what it needs when it
runs, so that `--help` is quick.
"""

from .app import main

__all__ = ["main"]
