"""Standard streams made fit: for names that cannot be encoded, and where the caller closed them."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any


class ClosedStream(io.TextIOBase):
    """A standard stream that was closed before the program began; to use it is an `OSError`."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def _fail(self, *_: Any) -> Any:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), self.name)

    write = _fail
    fileno = _fail

    @property
    def buffer(self) -> Any:
        """Its bytes."""
        return self._fail()


def prepare_streams() -> None:
    """Let no name of a file or track, and no closed stream, end a command in a traceback."""
    for name in ("stdin", "stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is not None:
            if name != "stdin" and hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        elif name != "stderr":  # which click takes as a place to tell nothing
            setattr(sys, name, ClosedStream(f"<{name}>"))
