"""`Source`: bytes with a size that can be read at any offset; in memory, joined, read ahead."""

from __future__ import annotations

import bisect
import contextlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from ..errors import SourceError

READ_AHEAD = 1 << 16
"""Bytes that are read ahead at most."""

READ_AT_LEAST = 1 << 8
"""Bytes that are read where fewer are asked for: as many as the header of most units has."""

STREAM_PORTION = 1 << 20
"""Bytes of a portion of a stream at most."""

MERGED_GAP = 1 << 15
"""Bytes between two remote ranges that are read along with them: less time than a request."""

_BUFFER_WINDOW = 1 << 12
"""Bytes of a window on what is in memory already."""


class Source(ABC):
    """Bytes with a size that can be read at any offset, in any order, from any thread.

    Offsets are in bytes and count from the place where the data starts: the start of a path or
    buffer, the current position of a file object.

    Attributes:
        size: in bytes, when the source was opened.
        is_remote: whether a read is a request to a server, so that there should be few.
    """

    size: int
    is_remote: bool = False

    @abstractmethod
    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset` on.

        Fewer are returned at the end of the data, and where a file has been shortened since it
        was opened. Where the bytes must be there, use `ranges.read_exactly`.

        Raises:
            MediaError: the source is closed.
            OSError: the operating system cannot read them.
        """

    def window(self, offset: int, size: int) -> tuple[int, bytes]:
        """Return (start, data): bytes that the source has at hand, among them those asked for.

        For code that reads many small things one after the other and cannot pay for a call of
        `read` for each.

        Args:
            offset: of the first byte that is needed.
            size: how many are needed.

        Returns:
            The offset of the first byte of `data`, at most `offset`, and the bytes. They are cut
            off where the data ends, as for `read`.

        Raises:
            MediaError, OSError: as `read`.
        """
        return offset, self.read(offset, max(size, _BUFFER_WINDOW))

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        """Yield the bytes of a range one after the other, in portions that fit memory.

        They end early where the data ends, or where a file has been shortened.

        Raises:
            MediaError, OSError: as `read`.
        """
        for start in range(offset, offset + size, STREAM_PORTION):
            wanted = min(STREAM_PORTION, offset + size - start)
            data = self.read(start, wanted)
            if len(data) < wanted:
                return
            yield data

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:  # noqa: B027 - most are local
        """Get small ranges (offset, size) that are read next, if each read is a request.

        Those that lie close to each other are fetched together. They are kept in memory, so
        altogether they should have a few MiB at most.

        Raises:
            MediaError, OSError: as `read`.
        """

    def fetched(self, ranges: Sequence[tuple[int, int]]) -> Source:
        """A source with the same bytes, of which these ranges can be read without a request.

        For ranges (offset, size) of any size that are read more than once: what is remote is
        copied to a temporary file.

        Raises:
            MediaError, OSError: as `read`.
        """
        return self

    def drop_window(self) -> None:  # noqa: B027 - most keep nothing
        """Free the memory of what has been read ahead: the next reads will be elsewhere."""

    def descriptor(self) -> tuple[int, int] | None:
        """File descriptor to copy from in the kernel, and the file offset of byte 0; or None."""
        return None

    @contextlib.contextmanager
    def held_descriptor(self) -> Iterator[tuple[int, int] | None]:
        """The same, open as long as the block lasts: also of one of many files."""
        yield self.descriptor()

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        """Yield (part, offset in it, size) for the parts that hold a range of bytes."""
        yield self, offset, size

    def parts(self) -> tuple[Source, ...]:
        """The sources that this one is joined from; a source that is not joined is its own part."""
        return (self,)

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Release what the source holds, when no thread reads it any more.

        What was opened by the caller stays open. A source may be closed more than once.
        """

    def __reduce__(self) -> Any:
        raise TypeError("an open source cannot be pickled: send its path, or what was read of it")

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
        try:
            return bytes(self._view[offset : offset + size])
        except ValueError as error:  # the view has been released
            raise closed() from error

    def close(self) -> None:
        self._view.release()


class ReadAheadSource(Source):
    """A source of which each read is costly, so that more is read than asked for, and kept.

    `window` reads ahead: where its calls follow each other, each window is twice as large as the
    one before, from `at_least` up to `READ_AHEAD` bytes; where they are far apart, only `at_least`
    bytes are read. `read` takes bytes from the window that is there; where it is
    another one, it reads ahead too if fewer than `small` bytes are asked for, and else reads just
    these and leaves the window alone.

    Args:
        size: of the source.
        small: from which size on `read` does not read ahead.
        at_least: bytes of the smallest window.
    """

    def __init__(self, size: int, *, small: int, at_least: int = READ_AT_LEAST) -> None:
        self.size = size
        self._small = small
        self._at_least = at_least
        # Offset, bytes, and how many windows have followed each other. Threads replace it as a
        # whole and never change it, so that each sees one that is right.
        self._window = (0, b"", 0)

    @abstractmethod
    def fetch(self, offset: int, size: int) -> bytes:
        """Read bytes that lie within `size`, all of them unless the file has been shortened."""

    def read(self, offset: int, size: int) -> bytes:
        start, data, _ = self._window
        at = offset - start
        if at >= 0 and at + size <= len(data):
            return data[at : at + size]
        if size >= self._small:
            return self.fetch(offset, max(min(size, self.size - offset), 0))
        start, data = self.window(offset, size)
        at = offset - start
        return data[at : at + size]

    def window(self, offset: int, size: int) -> tuple[int, bytes]:
        start, data, run = self._window
        here = len(data)
        at = offset - start
        if at >= 0 and at + size <= here:
            return start, data
        left = self.size - offset
        if left <= 0:
            return offset, b""
        wanted = self._at_least
        if 0 <= at <= 2 * here:
            run += 1
            if run > 1:  # two that are close are not yet many: a unit's end and the next one
                wanted = min(2 * here, READ_AHEAD)
        else:
            run = 0
        data = self.fetch(offset, min(max(size, wanted), left))
        self._window = offset, data, run
        return offset, data

    def drop_window(self) -> None:
        self._window = 0, b"", 0

    def close(self) -> None:
        self.drop_window()


class JoinedSource(Source):
    """Several sources, one after the other, as one: an initialization segment and its segments.

    Only the part that was read last keeps what it has read ahead: there may be thousands.

    Attributes:
        starts: offset of the first byte of each part.
    """

    def __init__(self, parts: Sequence[Source]) -> None:
        self._parts = tuple(parts)
        ends = list(itertools.accumulate(part.size for part in parts))
        self.starts = [0, *ends[:-1]]
        self.size = ends[-1] if ends else 0
        self.is_remote = any(part.is_remote for part in parts)
        self._last: Source | None = None

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        return b"".join(part.read(at, count) for part, at, count in self.extents(offset, size))

    def window(self, offset: int, size: int) -> tuple[int, bytes]:
        size = max(min(size, self.size - offset), 0)
        for part, at, count in self.extents(offset, size):
            if count < size:  # the bytes lie in more than one part
                break
            start, data = part.window(at, size)
            return offset - at + start, data
        return offset, self.read(offset, size)

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        index = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        while size > 0 and index < len(self._parts):
            part, start = self._parts[index], self.starts[index]
            # The last part takes what lies behind the end too: reading it fails, as it must.
            last = index + 1 == len(self._parts)
            count = size if last else min(size, start + part.size - offset)
            if count > 0:
                if self._last is not part:
                    if self._last is not None:
                        self._last.drop_window()
                    self._last = part
                yield part, offset - start, count
                offset, size = offset + count, size - count
            index += 1

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        for part, at, count in self.extents(offset, size):
            yield from part.stream(at, count)

    def prefetch(self, ranges: Sequence[tuple[int, int]]) -> None:
        for part, wanted in self._by_part(ranges).items():
            part.prefetch(wanted)

    def fetched(self, ranges: Sequence[tuple[int, int]]) -> Source:
        by_part = self._by_part(ranges)
        parts = [part.fetched(by_part.get(part, ())) for part in self._parts]
        return self if parts == list(self._parts) else JoinedSource(parts)

    def _by_part(self, ranges: Sequence[tuple[int, int]]) -> dict[Source, list[tuple[int, int]]]:
        found: dict[Source, list[tuple[int, int]]] = {}
        if self.is_remote:
            for offset, size in ranges:
                for part, at, count in self.extents(offset, size):
                    found.setdefault(part, []).append((at, count))
        return found

    def parts(self) -> tuple[Source, ...]:
        return self._parts

    def close(self) -> None:
        for part in self._parts:
            part.close()


def closed() -> SourceError:
    """The error of reading what has been closed."""
    return SourceError("the source has been closed")
