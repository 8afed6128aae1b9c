"""The stream that definitions parse from: a bounded view into one buffer."""

from __future__ import annotations

from typing import Any

from ..errors import BoxParseError

MAX_DEPTH = 32
"""Boxes in boxes beyond this depth are kept as raw bytes."""

KEPT_RAW = "kept as raw bytes: "
"""What the note of such a box begins with."""

MOST_AGAIN = 4
"""How many times the bytes of a box may be parsed again because a definition did not fit them."""

FREE_AGAIN = 1 << 15
"""Bytes that may be parsed again besides: it is the same for a small box, whatever it lies in."""


class Window:
    """A bounded, seekable stream over part of a buffer, which tells offsets of the whole file.

    Unlike construct's `BoundBytesIO`, a read that cannot be satisfied raises at once (construct's
    bit streams would wait for ever), and windows share one buffer instead of a chain of streams.

    Attributes:
        data: the buffer.
        base: offset in the file of the buffer's first byte.
        position, end: the part of the buffer that can still be read.
        depth: how many boxes this window lies in.
        forms: in how many boxes that are tried in several forms.
        again: one number, shared by the windows in one another: how many bytes may still be parsed
            again because a definition did not fit them, those that are tried now counted. Nested
            without limit, that would double at every level.
        note: why the bytes behind the last child box are none, if there are such bytes.
    """

    __slots__ = ("again", "base", "data", "depth", "end", "forms", "note", "position")

    def __init__(
        self,
        data: bytes,
        base: int = 0,
        start: int = 0,
        end: int | None = None,
        depth: int = 0,
        forms: int = 0,
        again: list[int] | None = None,
    ) -> None:
        self.data = data
        self.base = base
        self.position = start
        self.end = len(data) if end is None else end
        self.depth = depth
        self.forms = forms
        self.again = [MOST_AGAIN * (self.end - start) + FREE_AGAIN] if again is None else again
        self.note: str | None = None

    @property
    def remaining(self) -> int:
        """Bytes from the position to the end."""
        return self.end - self.position

    def take(self, count: int) -> int:
        """Step over `count` bytes; return the index in `data` of the first one.

        Raises:
            BoxParseError: fewer remain.
        """
        start = self.position
        if count < 0 or start + count > self.end:
            raise BoxParseError(
                f"{count} bytes are needed, {self.end - start} are left", offset=self.tell()
            )
        self.position = start + count
        return start

    def read(self, count: int | None = None) -> bytes:
        """Read exactly `count` bytes, or all that remain if it is None or negative.

        Raises:
            BoxParseError: fewer remain.
        """
        if count is None or count < 0:
            count = self.end - self.position
        start = self.take(count)
        return self.data[start : start + count]

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, or as many as remain; the position stays."""
        return self.data[self.position : min(self.position + count, self.end)]

    def tell(self) -> int:
        """Offset of the position in the file."""
        return self.base + self.position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset in the file (whence 0), from here (1) or from the window's end (2)."""
        origin = (0, self.tell(), self.base + self.end)[whence]
        position = origin + offset - self.base
        if not 0 <= position <= self.end:
            raise BoxParseError(f"offset {origin + offset} lies outside the box")
        self.position = position
        return origin + offset

    def seekable(self) -> bool:
        return True

    def tellable(self) -> bool:
        return True

    def at(self, position: int) -> Window:
        """The same window at another position."""
        return Window(self.data, self.base, position, self.end, self.depth, self.forms, self.again)

    def inner(self, size: int) -> Window:
        """Take the next `size` bytes as a window of their own and step over them.

        Raises:
            BoxParseError: fewer remain.
        """
        if size > self.end - self.position:
            raise BoxParseError(
                f"{size} bytes reach outside the box, {self.end - self.position} are left",
                offset=self.tell(),
            )
        start = self.take(size)
        return Window(
            self.data, self.base, start, start + size, self.depth + 1, self.forms, self.again
        )


def window_on(stream: Any) -> Window:
    """Return `stream` if it is a window, else a window on all that it still holds."""
    if isinstance(stream, Window):
        return stream
    base = stream.tell()
    return Window(stream.read(), base)
