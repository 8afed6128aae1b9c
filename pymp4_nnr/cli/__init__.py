"""The command line: arguments, progress bars, tables, JSON and exit codes.

Each command has a module of its own, which is imported only if the command is used, and which
imports the rest of the package only when it runs, so that `--help` is fast.
"""

from .app import main

__all__ = ["main"]
