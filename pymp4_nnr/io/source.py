"""Random access to bytes that are never read whole: paths, buffers, file objects, pipes."""

from __future__ import annotations

import bisect
import io
import itertools
import mmap
import os
import shutil
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeAlias, cast

from ..errors import MediaError

SourceLike: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO"

FilesLike: TypeAlias = "SourceLike | Source | Sequence[SourceLike | Source]"
"""One file, or an initialization segment and its media segments."""

_KEEP_MAPPED = 8 << 20
"""How far `MappedSource.passed` lets a walk get before it gives the pages behind it back."""


_NEAR = 1 << 16
"""Reads of more bytes than this, or as far from the last one, go around the map.

Mapping pages costs more than reading does where they are not used again.
"""


class Source(ABC):
    """Bytes with a size that can be read at any offset, in any order, from any thread.

    Offsets are in bytes and count from the place where the data starts: the start of a path or
    buffer, the current position of a file object.
    """

    size: int

    @abstractmethod
    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset` (fewer only at the end of the data)."""

    def descriptor(self) -> tuple[int, int] | None:
        """File descriptor to copy from in the kernel, and the file offset of byte 0; or None."""
        return None

    def passed(self, offset: int) -> None:  # noqa: B027 - most have nothing to give back
        """Tell that a walk will not come back before `offset`, so memory can be given back."""

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        """Yield (part, offset in it, size) for the parts that hold a range of bytes."""
        yield self, offset, size

    def parts(self) -> tuple[Source, ...]:
        """The sources that this one is joined from: itself alone, but for `JoinedSource`."""
        return (self,)

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Release what the source holds. What was opened by the caller stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class BufferSource(Source):
    """A buffer in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._view = memoryview(data).cast("B")
        self.size = len(self._view)

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._view[offset : offset + size])

    def close(self) -> None:
        self._view.release()


class MappedSource(Source):
    """A file of the operating system, memory-mapped.

    Args:
        file: an open binary file with a descriptor.
        start: file offset of byte 0 of the source.
        owned: close `file` at once. Either way the source has a descriptor of its own, so that it
            works, and reads the same file, whatever becomes of `file`.
    """

    def __init__(self, file: BinaryIO, *, start: int = 0, owned: bool = False) -> None:
        self._start = start
        end = os.fstat(file.fileno()).st_size
        self.size = max(end - start, 0)
        # An empty file cannot be mapped.
        self._map = mmap.mmap(file.fileno(), end, access=mmap.ACCESS_READ) if self.size else None
        self._released = self._last = 0
        self._descriptor = os.dup(file.fileno())
        if owned:
            file.close()

    def read(self, offset: int, size: int) -> bytes:
        if self._map is None or offset >= self.size:
            return b""
        offset += self._start
        near = -_NEAR < offset - self._last < _NEAR
        self._last = offset
        if (size > _NEAR or not near) and hasattr(os, "pread"):
            return _pread(self._descriptor, offset, size)
        return self._map[offset : offset + size]

    def descriptor(self) -> tuple[int, int] | None:
        return self._descriptor, self._start

    def passed(self, offset: int) -> None:
        if self._map is None or not hasattr(self._map, "madvise"):
            return
        end = (self._start + offset) // mmap.ALLOCATIONGRANULARITY * mmap.ALLOCATIONGRANULARITY
        if end < self._released:
            self._released = 0  # a second walk
        if end - self._released >= _KEEP_MAPPED:
            self._map.madvise(mmap.MADV_DONTNEED, self._released, end - self._released)
            self._released = end

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):  # not where the constructor failed
            self.close()


class SeekableSource(Source):
    """A seekable file object without a descriptor, such as a remote file; read where asked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._start = file.tell()
        file.seek(0, io.SEEK_END)  # which not every file object answers with its position
        self.size = max(file.tell() - self._start, 0)
        file.seek(self._start)
        self._lock = threading.Lock()

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(self._start + offset)
            parts = []
            while size > 0 and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)


class JoinedSource(Source):
    """Several sources, one after the other, as one: an initialization segment and its segments.

    Attributes:
        starts: offset of the first byte of each part.
    """

    def __init__(self, parts: Sequence[Source]) -> None:
        self._parts = tuple(parts)
        ends = list(itertools.accumulate(part.size for part in parts))
        self.starts = [0, *ends[:-1]]
        self.size = ends[-1] if ends else 0

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        return b"".join(part.read(at, count) for part, at, count in self.extents(offset, size))

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        index = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        while size > 0 and index < len(self._parts):
            part, start = self._parts[index], self.starts[index]
            # The last part takes what lies behind the end too: reading it fails, as it must.
            last = index + 1 == len(self._parts)
            count = size if last else min(size, start + part.size - offset)
            if count > 0:
                yield part, offset - start, count
                offset, size = offset + count, size - count
            index += 1

    def parts(self) -> tuple[Source, ...]:
        return self._parts

    def passed(self, offset: int) -> None:
        for part, start in zip(self._parts, self.starts, strict=True):
            if start < offset:
                part.passed(min(offset - start, part.size))

    def close(self) -> None:
        for part in self._parts:
            part.close()


def open_source(source: SourceLike | Source) -> Source:
    """Open anything that holds bytes for random access.

    Args:
        source: a path; a buffer; or a binary file object, read from its current position. A file
            object that cannot seek (a pipe) is first copied to a temporary file. A `Source` is
            returned as it is.

    Raises:
        OSError: the file cannot be opened or read.
        MediaError: `source` is none of these.
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return BufferSource(source)
    if isinstance(source, (str, os.PathLike)):
        file = Path(source).open("rb")  # noqa: SIM115 - owned by the source
        try:
            if file.seekable():
                return MappedSource(file, owned=True)
        except BaseException:
            file.close()
            raise
        with file:
            return _spooled(file)
    if (
        not hasattr(source, "read")
        or isinstance(source, io.TextIOBase)
        or (_seekable(source) and not hasattr(source, "tell"))
    ):
        raise MediaError(
            f"expected a path, bytes or a binary file object, not {type(source).__name__}"
        )
    if not _seekable(source):
        return _spooled(source)
    if _has_descriptor(source):
        return MappedSource(source, start=source.tell())
    return SeekableSource(source)


def open_sources(sources: SourceLike | Source | Sequence[SourceLike | Source]) -> list[Source]:
    """Open one source, or each of several.

    Raises:
        OSError, MediaError: as `open_source`; what was opened before is closed.
    """
    if not isinstance(sources, (list, tuple)):
        return [open_source(cast("SourceLike | Source", sources))]
    if not sources:
        raise MediaError("no file is given")
    opened: list[Source] = []
    try:
        for source in sources:
            opened.append(open_source(source))
    except BaseException:
        for source in opened:
            source.close()
        raise
    return opened


def _spooled(file: Any) -> Source:
    """Copy what cannot seek to a temporary file, which goes with its source."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - owned by the source
    try:
        shutil.copyfileobj(file, spool, 1 << 20)
        spool.flush()
        return MappedSource(spool, owned=True)
    except BaseException:
        spool.close()
        raise


def _pread(descriptor: int, offset: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.pread(descriptor, size, offset)):
        parts.append(part)
        offset += len(part)
        size -= len(part)
    return b"".join(parts)


def _seekable(file: Any) -> bool:
    seekable = getattr(file, "seekable", None)
    return bool(seekable()) if seekable is not None else hasattr(file, "seek")


def _has_descriptor(file: Any) -> bool:
    """Whether the bytes that `file.read` gives are those behind its descriptor.

    That holds for files as `open` returns them and for their wrappers in `tempfile`, not for
    decompressing or decrypting wrappers, which have a `fileno` too.
    """
    raw = getattr(file, "file", file) if type(file).__module__ == "tempfile" else file
    if isinstance(raw, (io.BufferedReader, io.BufferedRandom)):
        raw = raw.raw
    return isinstance(raw, io.FileIO)
