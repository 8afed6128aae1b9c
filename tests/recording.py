"""Files that note which of their bytes are read."""

from __future__ import annotations

import io
from typing import BinaryIO, cast


class RecordingFile:
    """A file object with `read`, `seek` and `tell` alone."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self.reads: list[tuple[int, int]] = []
        """(offset, number of bytes) of each read."""

    def read(self, size: int = -1) -> bytes:
        start = self._file.tell()
        data = self._file.read(size)
        self.reads.append((start, len(data)))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    @property
    def as_file(self) -> BinaryIO:
        """The same object, for type checkers."""
        return cast("BinaryIO", self)

    @property
    def count(self) -> int:
        """How many bytes were read; those read twice count twice."""
        return sum(size for _, size in self.reads)

    def count_between(self, start: int, end: int) -> int:
        """How many of them lie between two offsets."""
        return sum(max(0, min(at + size, end) - max(at, start)) for at, size in self.reads)
