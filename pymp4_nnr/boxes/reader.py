"""The stream that definitions parse from: a bounded view into one buffer."""

from __future__ import annotations

from typing import Any

from ..errors import BoxParseError

MAX_DEPTH = 32
"""Boxes in boxes beyond this depth are kept as raw bytes."""


class Window:
    """A bounded, seekable stream over part of a buffer, which tells offsets of the whole file.

    Unlike construct's `BoundBytesIO`, a read that cannot be satisfied raises at once (construct's
    bit streams would wait for ever), and windows share one buffer instead of a chain of streams.

    Args:
        data: the buffer.
        base: offset in the file of the buffer's first byte.
        start, end: the part of the buffer that can be read.
        depth: how many boxes this window lies in.
    """

    __slots__ = ("_base", "_data", "_end", "_position", "depth", "note")

    def __init__(
        self, data: bytes, base: int = 0, start: int = 0, end: int | None = None, depth: int = 0
    ) -> None:
        self._data = data
        self._base = base
        self._position = start
        self._end = len(data) if end is None else end
        self.depth = depth
        self.note: str | None = None

    @property
    def remaining(self) -> int:
        """Bytes from the position to the end."""
        return self._end - self._position

    def read(self, count: int | None = None) -> bytes:
        """Read exactly `count` bytes, or all that remain.

        Raises:
            BoxParseError: fewer remain.
        """
        start = self._position
        stop = self._end if count is None or count < 0 else start + count
        if stop > self._end:
            raise BoxParseError(
                f"{count} bytes are needed, {self._end - start} are left", offset=self.tell()
            )
        self._position = stop
        return self._data[start:stop]

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or as many as remain; the position stays."""
        return self._data[self._position : min(self._position + count, self._end)]

    def tell(self) -> int:
        """Offset of the position in the file."""
        return self._base + self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset in the file (whence 0), from here (1) or from the window's end (2)."""
        origin = (0, self.tell(), self._base + self._end)[whence]
        position = origin + offset - self._base
        if not 0 <= position <= self._end:
            raise BoxParseError(f"offset {origin + offset} lies outside the box")
        self._position = position
        return origin + offset

    def seekable(self) -> bool:
        return True

    def tellable(self) -> bool:
        return True

    def inner(self, size: int) -> Window:
        """Take the next `size` bytes as a window of their own and step over them."""
        start = self._position
        self.seek(size, 1)
        return Window(self._data, self._base, start, start + size, self.depth + 1)


def window_on(stream: Any) -> Window:
    """Return `stream` if it is a window, else a window on all that it still holds."""
    if isinstance(stream, Window):
        return stream
    base = stream.tell()
    return Window(stream.read(), base)
