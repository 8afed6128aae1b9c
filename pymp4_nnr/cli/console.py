"""The terminal, or what stands for it: its width, its colours, the characters that it can show."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 160
"""Columns of a table that is not printed on a terminal, unless COLUMNS is set."""


def is_sized() -> bool:
    """Whether the output has a width: that of a terminal, or the one that COLUMNS tells."""
    return sys.stdout.isatty() or bool(os.environ.get("COLUMNS"))


def output_console() -> Console:
    """Standard output; in colour on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    from rich.console import Console

    class OutputConsole(Console):
        def on_broken_pipe(self) -> None:
            """Let the command end as for everything else that nobody reads, not with code 1."""
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    return OutputConsole(
        width=None if is_sized() else WIDE,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        highlight=False,
        markup=False,
        emoji=False,
    )


def can_show(text: str) -> bool:
    """Whether the encoding of standard output has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
