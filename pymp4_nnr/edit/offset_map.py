"""From offsets in an old file to offsets in the new one."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from ..errors import OffsetError
from ..io.ranges import ByteRange


class Kept(NamedTuple):
    """Bytes of the old file that lie at offset `new` of the new one."""

    old: ByteRange
    new: int


class OffsetMap:
    """From offsets in the old file to offsets in the new one.

    Args:
        kept: what is kept of the old file.
    """

    def __init__(self, kept: list[Kept]) -> None:
        self._kept = sorted(kept)
        self._starts = [part.old.offset for part in self._kept]

    def __call__(self, offset: int) -> int:
        """New place of the byte at `offset` (or of the end of the data, right behind it).

        Raises:
            SampleTableError: that byte was not kept.
        """
        return offset + self._shift(offset)[0]

    def check_whole(self, place: ByteRange) -> None:
        """Check that bytes of the old file lie together in the new one, too.

        Raises:
            OffsetError: they do not, or some of them were not kept.
        """
        if self._ends[self._part(place.offset)] < place.end:
            raise OffsetError("the bytes of an item would be torn apart", offset=place.offset)

    @cached_property
    def _ends(self) -> array[int]:
        """Of each part, the end of it and of those right behind it that move alike."""
        ends = array("Q", (part.old.end for part in self._kept))
        for at in reversed(range(len(ends))):
            old, new = self._kept[at]
            follower = bisect_right(self._starts, old.end) - 1
            shift = self._kept[follower].new - self._starts[follower]
            if follower > at and shift == new - old.offset:
                ends[at] = ends[follower]
        return ends

    def _shift(self, offset: int) -> tuple[int, int]:
        """By how much a byte moves, and the end of the bytes that move with it."""
        old, new = self._kept[self._part(offset)]
        return new - old.offset, old.end

    def _part(self, offset: int) -> int:
        """The index of the part that a byte is in, or that ends there."""
        at = bisect_right(self._starts, offset) - 1
        if at >= 0 and offset <= self._kept[at].old.end:
            return at
        raise OffsetError("an offset points outside the file's boxes", offset=offset)

    def move_all(self, offsets: Sequence[int]) -> array[int]:
        """New places of many bytes, in the same order.

        Raises:
            SampleTableError: one was not kept.
        """
        moved = array("Q")
        for at in range(0, len(offsets), _BLOCK):
            block = offsets[at : at + _BLOCK]
            shift, end = self._shift(min(block))
            if max(block) < end:  # the common case: all of them move alike
                moved.extend([offset + shift for offset in block])
            else:
                moved.extend(map(self, block))
        return moved


_BLOCK = 4096
"""Offsets that are moved at once."""


Mover: TypeAlias = Callable[[OffsetMap], bool]
"""Gives the offsets of a box their new values; whether any of them differs from the old."""
