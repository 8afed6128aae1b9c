"""Files as sources: of the operating system, or any object with `read`, `seek` and `tell`."""

from __future__ import annotations

import errno
import io
import os
import stat
import threading
from collections.abc import Callable
from typing import BinaryIO, Protocol

from ..errors import SourceError
from .byte_source import READ_AHEAD, ReadAheadSource, closed


class SupportsRead(Protocol):
    """A binary file object, or anything else that gives bytes.

    With `seek` and `tell` only what is needed is read, from its current position on. Without
    `seek`, or where `seekable` returns False, all of it is copied to a temporary file first.
    """

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none at the end."""


class SupportsSeek(SupportsRead, Protocol):
    """A file object that can be read at any offset."""

    def seek(self, offset: int, whence: int = 0, /) -> object:
        """Go to an offset: from the start, or with `whence` 2 from the end."""

    def tell(self) -> int:
        """The current offset."""


def read_some(file: SupportsRead, size: int) -> bytes:
    """The next bytes of a file object, at most `size`; none at its end.

    Raises:
        MediaError: it returns something else than bytes.
        BlockingIOError: it is set not to block, and nothing is there yet.
    """
    data: object = file.read(size)
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if data is None:
        raise BlockingIOError(errno.EAGAIN, "the input is set not to block")
    raise SourceError(f"{type(file).__name__}.read returns {type(data).__name__} instead of bytes")


_SEEKING = threading.Lock()


def _seek_and_read(descriptor: int, size: int, offset: int) -> bytes:
    """`os.pread` for systems without it; the position is the one of the caller's file too."""
    with _SEEKING:
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            os.lseek(descriptor, offset, os.SEEK_SET)
            return os.read(descriptor, size)
        finally:
            os.lseek(descriptor, position, os.SEEK_SET)


_pread: Callable[[int, int, int], bytes] = getattr(os, "pread", _seek_and_read)


PAGE = 1 << 12
"""Bytes of which reading some costs as much as reading all."""


def pread_all(descriptor: int, size: int, offset: int) -> bytes:
    """Bytes of a file from an offset on; fewer only where it ends."""
    data = _pread(descriptor, size, offset)
    if len(data) == size or not data:
        return data
    parts = [data]  # one call reads at most 2 GiB
    while data and (size := size - len(data)):
        offset += len(data)
        data = _pread(descriptor, size, offset)
        parts.append(data)
    return b"".join(parts)


def _size(descriptor: int) -> int:
    """Bytes of a file, or of a block device, whose status has none."""
    status = os.fstat(descriptor)
    if not stat.S_ISBLK(status.st_mode):
        return status.st_size
    with _SEEKING:
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            return os.lseek(descriptor, 0, os.SEEK_END)
        finally:
            os.lseek(descriptor, position, os.SEEK_SET)


class FileSource(ReadAheadSource):
    """A file of the operating system, read by `pread`.

    The source has a file descriptor of its own, so that it reads the same file whatever becomes
    of `file`, and never moves the position of `file`.

    Args:
        file: an open binary file with a descriptor.
        start: file offset of byte 0 of the source.
        owned: close `file` at once.
    """

    def __init__(self, file: BinaryIO, *, start: int = 0, owned: bool = False) -> None:
        self._descriptor = -1
        size = max(_size(file.fileno()) - start, 0)
        super().__init__(size, small=READ_AHEAD, at_least=PAGE)
        self._start = start
        self._descriptor = os.dup(file.fileno())
        if owned:
            file.close()

    def fetch(self, offset: int, size: int) -> bytes:
        descriptor = self._descriptor
        if descriptor < 0:
            raise closed()
        return pread_all(descriptor, size, offset + self._start)

    def descriptor(self) -> tuple[int, int] | None:
        return self._descriptor, self._start

    def close(self) -> None:
        super().close()
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) >= 0:  # it has none where the constructor failed
            self.close()


class FileObjectSource(ReadAheadSource):
    """A file object that can seek and has no descriptor, such as a remote file.

    It is read ahead only where code asks for a window: what is read of it may be counted.

    It stays the caller's: it is not closed, and its position is wherever the last read ended.
    """

    def __init__(self, file: SupportsSeek) -> None:
        self._file = file
        self._start = file.tell()
        file.seek(0, io.SEEK_END)  # which not every file object answers with its position
        super().__init__(max(file.tell() - self._start, 0), small=0)
        file.seek(self._start)
        self._lock = threading.Lock()

    def fetch(self, offset: int, size: int) -> bytes:
        parts = []
        with self._lock:
            self._file.seek(self._start + offset)
            while size > 0 and (part := read_some(self._file, size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)
