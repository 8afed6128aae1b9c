"""Files laid out anew: sections in their new order, and the offsets that follow from it.

The size of some sections (`moov` above all) depends on offsets, and offsets depend on sizes, so
sections are built again until both agree. What is not asked to change stays, byte for byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate

from ..errors import NotStorableError
from ..io.ranges import ByteRange, Piece, piece_size
from .offset_map import Kept, OffsetMap

_ATTEMPTS = 16
_PADDED_ATTEMPTS = 8


class Section(ABC):
    """A part of the new file.

    Attributes:
        kept: what it holds of the old file: a range of that, and where in the section it lies.
            `build` may change it.
    """

    def __init__(self, kept: Sequence[tuple[ByteRange, int]] = ()) -> None:
        self.kept = list(kept)

    def place(self, start: int, *, padded: bool) -> None:  # noqa: B027 - most are referred to by `kept`
        """Note where the section starts, before any section is built.

        Args:
            start: byte offset in the new file.
            padded: whether padding may be added.
        """

    @abstractmethod
    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        """Return the bytes of the section, if it starts at a byte offset of the new file."""


def lay_out(sections: Sequence[Section]) -> list[Piece]:
    """Place the sections one after the other, and build them with the offsets that follow.

    Raises:
        MediaError: an offset points outside what is kept, or cannot be moved.
    """
    sizes = [sum(old.size for old, _ in section.kept) for section in sections]
    for attempt in range(_ATTEMPTS):
        starts = list(accumulate(sizes, initial=0))[:-1]
        kept = _all_kept(sections, starts)
        for section, start in zip(sections, starts, strict=True):
            # Padding can make a file shorter whose offsets have grown: then it is left out.
            section.place(start, padded=attempt < _PADDED_ATTEMPTS)
        move = OffsetMap(kept)
        built = [
            section.build(start, move) for section, start in zip(sections, starts, strict=True)
        ]
        new = [sum(map(piece_size, pieces)) for pieces in built]
        if new == sizes and _all_kept(sections, starts) == kept:
            return [piece for pieces in built for piece in pieces]
        sizes = new
    raise NotStorableError("the offsets of the new file do not settle")


def _all_kept(sections: Sequence[Section], starts: Sequence[int]) -> list[Kept]:
    return [
        Kept(old, start + inside)
        for section, start in zip(sections, starts, strict=True)
        for old, inside in section.kept
    ]
