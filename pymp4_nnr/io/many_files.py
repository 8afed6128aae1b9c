"""Many files as sources, of which few are open at a time: thousands of segments."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from ..errors import SourceError
from .byte_source import READ_AHEAD, ReadAheadSource, closed
from .file_source import PAGE, pread_all

MANY = 24
"""Files that are open at a time; where more are read, those not used for longest are closed."""


class OpenFiles:
    """Descriptors of files, opened when they are needed; any thread may use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[ManyFilesSource, int] = OrderedDict()
        self._users: dict[ManyFilesSource, int] = {}

    @contextlib.contextmanager
    def opened(self, source: ManyFilesSource) -> Iterator[int]:
        """The descriptor of a file, which stays open as long as the block lasts."""
        with self._lock:
            descriptor = self._open.pop(source, None)
            if descriptor is None:
                self._close_some()
                descriptor = source.open_again()
            self._open[source] = descriptor
            self._users[source] = self._users.get(source, 0) + 1
        try:
            yield descriptor
        finally:
            with self._lock:
                if source in self._users:  # it has not been closed meanwhile
                    self._users[source] -= 1

    def _close_some(self) -> None:
        """Make room for another one; those that are in use stay."""
        for source in list(self._open):
            if len(self._open) < MANY:
                break
            if not self._users[source]:
                os.close(self._open.pop(source))

    def close(self, source: ManyFilesSource) -> None:
        """Close the file of a source, which nobody uses any more."""
        with self._lock:
            descriptor = self._open.pop(source, None)
            self._users.pop(source, None)
        if descriptor is not None:
            os.close(descriptor)


class ManyFilesSource(ReadAheadSource):
    """One of many files.

    Args:
        path: a regular file.
        files: shared by all of them.

    Raises:
        OSError: the file cannot be opened.
        SourceError: where it is read later, it is another file, or has been changed.
    """

    def __init__(self, path: str | os.PathLike[str], files: OpenFiles) -> None:
        self._path = Path(os.fspath(path)).absolute()
        self._files = files
        self._closed = False
        self._found: os.stat_result | None = None
        with files.opened(self) as descriptor:
            self._found = os.fstat(descriptor)
        super().__init__(self._found.st_size, small=READ_AHEAD, at_least=PAGE)

    def open_again(self) -> int:
        """Open the file, and see that it is the same as before."""
        if self._closed:
            raise closed()
        descriptor = os.open(self._path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        found, before = os.fstat(descriptor), self._found
        if before is not None and not (
            os.path.samestat(found, before) and found.st_mtime_ns == before.st_mtime_ns
        ):
            os.close(descriptor)
            raise SourceError(f"{self._path} has been changed or replaced while it was read")
        return descriptor

    def fetch(self, offset: int, size: int) -> bytes:
        with self._files.opened(self) as descriptor:
            return pread_all(descriptor, size, offset)

    @contextlib.contextmanager
    def held_descriptor(self) -> Iterator[tuple[int, int] | None]:
        with self._files.opened(self) as descriptor:
            yield descriptor, 0

    def close(self) -> None:
        super().close()
        self._closed = True
        self._files.close(self)

    def __del__(self) -> None:
        if hasattr(self, "_files"):
            self._files.close(self)


def are_many(paths: list[str | os.PathLike[str]]) -> bool:
    """Whether these are more files than are kept open, and all of them regular ones."""
    return len(paths) > MANY and all(stat.S_ISREG(Path(path).stat().st_mode) for path in paths)
