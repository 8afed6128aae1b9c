"""Rewriting an MP4 file as boxes: what is not asked to change stays, byte for byte.

A rewrite is a list of parts in their new order. Parts whose size depends on offsets (`moov` above
all), and offsets that depend on sizes, are built again until both agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..boxes import BOX
from ..errors import BoxError, FileFormatError, LimitError, MediaError
from .movie import Movie
from .offsets import Kept, OffsetMap, move_offsets
from .pieces import Piece, Range, piece_size
from .samples import child, children
from .walk import BoxPlace

MEDIA_DATA = {b"mdat", b"imda"}
FRONT = {b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"meta"}
"""Boxes that stay before `moov` where they come first."""


@dataclass
class Part:
    """A part of the new file.

    Attributes:
        pieces: its bytes, given the place where it starts and the map of offsets.
        kept: ranges of the old file in it: (old offset, size, offset from the part's start).
    """

    pieces: Callable[[int, OffsetMap], list[Piece]]
    kept: list[tuple[int, int, int]] = field(default_factory=list)


def rewrite(parts: list[Part]) -> list[Piece]:
    """Place the parts one after the other and build them with the offsets that follow from that.

    Raises:
        MediaError: an offset points outside what is kept, or cannot be moved.
    """
    sizes = [0] * len(parts)
    while True:
        start = 0
        starts = []
        for size in sizes:
            starts.append(start)
            start += size
        kept = [
            Kept(old, size, at + inside)
            for part, at in zip(parts, starts, strict=True)
            for old, size, inside in part.kept
        ]
        move = OffsetMap(kept)
        built = [part.pieces(at, move) for part, at in zip(parts, starts, strict=True)]
        new = [sum(map(piece_size, pieces)) for pieces in built]
        if new == sizes:
            return [piece for pieces in built for piece in pieces]
        # Sizes only grow, so that this ends: a field that has become 64 bits stays so.
        sizes = [max(pair) for pair in zip(sizes, new, strict=True)] if any(sizes) else new
