"""The numbers that mean tracks, or things that share their numbers, whether these exist or not."""

from __future__ import annotations

from collections.abc import Iterator

from ..boxes.node import Node
from ..movie.movie import Movie

_FIELDS = {b"trex": "track_ID", b"trep": "track_ID", b"tfra": "track_ID", b"sidx": "reference_ID"}
"""Boxes that name a track, and in which field (ISO/IEC 14496-12, 8.8 and 8.16)."""

_UNIQUE = 1
"""Flag of a track group: its number is that of no track."""


def referred_track_ids(movie: Movie) -> set[int]:
    """The track_IDs in fragments, indices, references and groups of a file.

    Groups have numbers that are those of no track (8.3.4.3, 8.18.3.3); so have items, where the
    brand `unif` says so.

    Raises:
        SampleTableError: a fragment is broken.
    """
    found = {part.track_id for fragment in movie.fragments for part in fragment.tracks}
    boxes = [movie.moov]
    boxes += [
        movie.parse(header)
        for header in movie.boxes
        if header.type in (b"mfra", b"meta", b"sidx", b"prft")
    ]
    for box in boxes:
        found.update(_named(box, items=b"unif" in movie.brands))
    return found


def _named(box: Node, *, items: bool) -> Iterator[int]:
    code = box.type
    if code in _FIELDS:
        yield box.integer_or(_FIELDS[code], 0)
    elif code == b"prft":
        yield box.integer_or("reference_track_ID", 0)
    elif code == b"leva":
        yield from (row.integer_or("track_ID", 0) for row in box.rows("levels"))
    elif code == b"tref":
        for reference in box.children():
            if reference.has("track_IDs"):
                yield from reference.integers("track_IDs")
    elif code == b"grpl":
        for group in box.children():
            yield group.integer_or("group_id", 0)
            if group.has("entity_ids"):
                yield from group.integers("entity_ids")
    elif code == b"iinf" and items:
        yield from (item.integer_or("item_ID", 0) for item in box.rows("item_infos"))
    elif code == b"iods":
        descriptor = box.part("OD")
        for inner in descriptor.rows("descriptors") if descriptor else ():
            yield inner.integer_or("Track_ID", 0)
    elif code == b"trgr":
        for group in box.children():
            if group.integer_or("flags", 0) & _UNIQUE:
                yield group.integer_or("track_group_id", 0)
    elif code in (b"moov", b"trak", b"mvex", b"mfra", b"meta"):
        for inner in box.children():
            yield from _named(inner, items=items)
