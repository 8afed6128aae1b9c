"""New fragments between those of an old file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..boxes.header import BoxHeader
from .new_fragments import NewFragments, PlannedFragment

_BEFORE_FRAGMENTS = frozenset((b"styp", b"sidx", b"ssix", b"prft", b"emsg"))
"""Boxes that belong to the fragment behind them."""


def segment_starts(boxes: Sequence[BoxHeader]) -> list[int]:
    """Byte offsets at which something may be put between the fragments of a file, in order.

    Each is the start of a `moof` with the boxes before it that belong to it. A `moof` right behind
    another has none: its data lies behind both.

    Args:
        boxes: top-level boxes, in order.
    """
    starts = []
    start = None
    behind_fragment = False
    for header in boxes:
        if header.type == b"moof":
            if not behind_fragment:
                starts.append(header.offset if start is None else start)
            start, behind_fragment = None, True
        elif header.type in _BEFORE_FRAGMENTS:
            start = header.offset if start is None else start
        else:
            start, behind_fragment = None, False
    return starts


def in_turns(
    tracks: Iterable[NewFragments], places: int
) -> Iterator[list[tuple[NewFragments, PlannedFragment]]]:
    """Distribute new fragments: as many into each place as needed, and as early as possible.

    Args:
        tracks: the fragments of each track.
        places: number of places.

    Yields:
        The fragments of each place, each with those of its track.
    """
    made = [(track, one) for track in tracks for one in track.fragments]
    share = -(-len(made) // places)
    for place in range(places):
        yield made[place * share : (place + 1) * share]
