"""Files on servers as sources: few requests, each for as many bytes as are needed together."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from ..errors import RemoteLimitError
from ..escape import hide_secrets
from .block_cache import BlockCache
from .byte_source import MERGED_GAP, Source, closed
from .copied_ranges import CopiedRanges
from .file_source import FileSource
from .http_file import HttpFile
from .remote_file import (
    FIRST_READ,
    SEGMENT_FIRST_READ,
    FilesystemFile,
    RemoteFile,
    open_filesystem,
    remote_error,
)

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem
    from fsspec.core import OpenFile

SMALL = 1 << 10
"""Reads of fewer bytes are those of headers, near which others are read next."""

SMALLEST_WINDOW = 1 << 14
"""Bytes that are read ahead at least: a request for fewer takes as long."""

LARGEST_WINDOW = 1 << 20
"""Bytes that are read ahead at most, where reads follow each other."""

CONNECTIONS = 8
"""Requests that are under way at the same time at most."""

LARGEST_READ = 1 << 31
"""Bytes that are read into memory in one piece at most: no unit is larger."""

_CACHED = 16 << 20
_LARGEST_CACHED = 4 << 20


def open_remotes(urls: Sequence[str]) -> list[Source]:
    """Open an initialization segment and its media segments, `CONNECTIONS` at a time.

    Raises:
        RemoteError, OSError, ExtraMissingError: as `open_remote`.
    """
    opened: dict[int, Source] = {}
    cache = BlockCache(_CACHED)

    def open_one(index: int, first_read: int) -> None:
        opened[index] = open_remote(urls[index], first_read, cache)

    reads = [FIRST_READ, *[SEGMENT_FIRST_READ] * (len(urls) - 1)]
    try:
        _in_parallel(open_one, list(enumerate(reads)))
    except BaseException:
        for source in opened.values():
            source.close()
        raise
    return [opened[index] for index in range(len(urls))]


def open_remote(url: str, first_read: int = FIRST_READ, cache: BlockCache | None = None) -> Source:
    """Open a file on a server, by fsspec.

    Args:
        url: of the file.
        first_read: bytes from its start that are read at once.
        cache: as for `RemoteSource`.

    Raises:
        RemoteError: the server does not give the file.
        OSError: there is no such file, or it may not be read.
        ExtraMissingError: fsspec, or what it needs for this URL, is not installed.
    """
    return _open(*open_filesystem(url), hide_secrets(url), first_read, cache)


def open_file_of_fsspec(file: OpenFile) -> Source:
    """Open what `fsspec.open` gives: a file system with its options, and a path in it.

    Raises:
        RemoteError, OSError: as `open_remote`.
    """
    return _open(file.fs, file.path, hide_secrets(file.full_name))


def _open(
    filesystem: AbstractFileSystem,
    path: str,
    name: str,
    first_read: int = FIRST_READ,
    cache: BlockCache | None = None,
) -> Source:
    kind = type(filesystem).__module__
    if kind == "fsspec.implementations.local":
        return FileSource(Path(path).open("rb"), owned=True)
    file: RemoteFile
    if kind == "fsspec.implementations.http":
        file = HttpFile(filesystem, path, name, first_read)
    else:
        file = FilesystemFile(filesystem, path, name, first_read)
    return RemoteSource(file, cache)


class RemoteSource(Source):
    """A file on a server.

    What is read in small pieces is kept, and fetched together with what is likely to follow: the
    windows of reads that follow each other double from `SMALLEST_WINDOW` to `LARGEST_WINDOW`. A
    read of `SMALL` bytes and more is one request for just these.

    Args:
        file: what is read.
        cache: that of the sources that are opened with it; by default one of its own.

    Attributes:
        name: the URL, without secrets.
    """

    is_remote = True

    def __init__(self, file: RemoteFile, cache: BlockCache | None = None) -> None:
        self.name = file.name
        self.size = file.size
        self._file = file
        self._cache = BlockCache(_CACHED) if cache is None else cache
        self._cache.add(self, 0, file.head)
        self._expected = (0, 0)  # where the last window ended, and its size
        self._closed = False

    def __repr__(self) -> str:
        return f"<RemoteSource {self.name}: {self.size} bytes>"

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        known = self._known(offset, size)
        if len(known) == size:
            return known
        left = size - len(known)
        if left < SMALL:
            start, data = self.window(offset + len(known), left)
            at = offset + len(known) - start
            return known + data[at : at + left]
        if left > LARGEST_READ:
            reason = f"{left} bytes are needed in memory, more than {LARGEST_READ}"
            raise remote_error(self.name, reason, RemoteLimitError)
        data = b"".join(self._file.stream(offset + len(known), left))
        if left <= _LARGEST_CACHED:
            self._cache.add(self, offset + len(known), data)
        return known + data

    def window(self, offset: int, size: int) -> tuple[int, bytes]:
        start, data = self._cache.block(self, offset)
        if len(data) - (offset - start) >= min(size, self.size - offset):
            return start, data
        known = self._known(offset, size)
        at = offset + len(known)
        left = self.size - at
        if left <= 0 or len(known) >= size:
            return offset, known
        expected, last = self._expected
        wanted = SMALLEST_WINDOW
        if 0 <= at - expected <= last:
            wanted = min(2 * last, LARGEST_WINDOW)
        data = b"".join(self._file.stream(at, min(max(size - len(known), wanted), left)))
        self._expected = at + len(data), max(len(data), SMALLEST_WINDOW)
        self._cache.add(self, at, data)
        return offset, known + data

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        size = max(min(size, self.size - offset), 0)
        known = self._known(offset, size)
        if known:
            yield known
        if len(known) < size:
            yield from self._file.stream(offset + len(known), size - len(known))

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        def fetch(offset: int, size: int) -> None:
            self._cache.add(self, offset, b"".join(self._file.stream(offset, size)))

        _in_parallel(fetch, self._unknown(ranges))

    def fetched(self, ranges: Sequence[tuple[int, int]]) -> Source:
        wanted = self._unknown(ranges)
        if not wanted:
            return self
        file = tempfile.TemporaryFile()  # noqa: SIM115 - owned by the source that is returned
        writing = threading.Lock()
        starts = [0]
        for _, size in wanted:
            starts.append(starts[-1] + size)
        places = {offset: start for (offset, _), start in zip(wanted, starts, strict=False)}

        def fetch(offset: int, size: int) -> None:
            at = places[offset]
            for data in self._file.stream(offset, size):
                with writing:
                    file.seek(at)
                    file.write(data)
                at += len(data)

        try:
            _in_parallel(fetch, wanted)
            file.flush()
            copy = FileSource(cast("BinaryIO", file), owned=True)
        except BaseException:
            file.close()
            raise
        return CopiedRanges(self, wanted, copy)

    def close(self) -> None:
        self._closed = True
        self._cache.forget(self)

    def _known(self, offset: int, size: int) -> bytes:
        """As many of these bytes, from the first one on, as are in memory."""
        if self._closed:
            raise closed()
        return self._cache.prefix(self, offset, size)

    def _unknown(self, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """The ranges that are not in memory, in as few as it takes, within the file."""
        merged: list[tuple[int, int]] = []
        for offset, size in sorted(ranges):
            size = min(size, self.size - offset)
            if size <= 0 or len(self._known(offset, size)) == size:
                continue
            if merged and offset <= sum(merged[-1]) + MERGED_GAP:
                start, before = merged[-1]
                merged[-1] = start, max(before, offset + size - start)
            else:
                merged.append((offset, size))
        return merged


def _in_parallel(fetch: Callable[[int, int], None], ranges: Sequence[tuple[int, int]]) -> None:
    """Call a function for each pair, `CONNECTIONS` at a time; an error of one is raised."""
    if len(ranges) < 2:
        for offset, size in ranges:
            fetch(offset, size)
        return
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        try:
            for done in [threads.submit(fetch, *place) for place in ranges]:
                done.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
