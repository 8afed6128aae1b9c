"""Standard streams that cannot encode some text, or that are closed."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any


class ClosedStream(io.TextIOBase):
    """A standard stream that was closed before the program started; using it is an `OSError`."""

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
        """The stream of bytes; raises `OSError`."""
        return self._fail()


def prepare_streams() -> None:
    """Prepare the standard streams for any text and any use.

    What they cannot encode is escaped; one that is closed is replaced by a `ClosedStream`.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is not None:
            if name != "stdin" and hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        elif name != "stderr":  # without it, click does not print messages
            setattr(sys, name, ClosedStream(f"<{name}>"))
