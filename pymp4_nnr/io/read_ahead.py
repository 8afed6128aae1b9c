"""Remote files, of which the heads of many units are wanted: one read for each."""

from __future__ import annotations

from collections.abc import Iterator

from .source import FilesLike, SeekableSource, Source, open_sources

HEAD_SIZE = 256
"""Bytes that are read where fewer are asked for: as many as the header of most units has."""


class HeadSource(Source):
    """A source of which small reads that follow each other in one place become one.

    The start of a unit is read in steps: its size, then its header. Where every read is a request
    over a network, that should be one.
    """

    def __init__(self, source: Source) -> None:
        self._inner = source
        self.size = source.size
        self._head = (0, b"")

    def read(self, offset: int, size: int) -> bytes:
        if size > HEAD_SIZE:
            return self._inner.read(offset, size)
        start, head = self._head
        wanted = min(size, max(self.size - offset, 0))
        if not start <= offset <= offset + wanted <= start + len(head):
            start, head = self._head = offset, self._inner.read(offset, HEAD_SIZE)
        return head[offset - start : offset - start + size]

    def descriptor(self) -> tuple[int, int] | None:
        return self._inner.descriptor()

    def passed(self, offset: int) -> None:
        self._inner.passed(offset)

    def extents(self, offset: int, size: int) -> Iterator[tuple[Source, int, int]]:
        return self._inner.extents(offset, size)

    def parts(self) -> tuple[Source, ...]:
        return self._inner.parts()

    def close(self) -> None:
        self._inner.close()


def open_heads(sources: FilesLike) -> list[Source]:
    """Open one source or several for reading the heads of their units.

    Raises:
        OSError, MediaError: as `bitstream.open_source`.
    """
    return [
        HeadSource(source) if isinstance(source, SeekableSource) else source
        for source in open_sources(sources)
    ]
