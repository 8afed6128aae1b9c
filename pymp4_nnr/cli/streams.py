"""Standard streams that cannot encode some text, or that are closed."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
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


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output, many at once."""
    output = sys.stdout
    for some in batched(lines):
        output.write("\n".join(some) + "\n")
    output.flush()


def batched(lines: Iterable[str], count: int = 1000) -> Iterator[list[str]]:
    """Lines in lists of so many; the last one may have fewer."""
    rest = iter(lines)
    while some := list(islice(rest, count)):
        yield some


def reader_has_gone() -> int:
    """Prepare to exit because nobody reads standard output any more, as after ``| head``.

    Returns:
        The exit code that shells give for SIGPIPE: 141.
    """
    drop_output()
    return 128 + getattr(signal, "SIGPIPE", 13)


def drop_output() -> None:
    """Give up what is left in the buffer of standard output: it must not fail again at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
