"""The track_IDs that boxes refer to, whether there are such tracks or not."""

from __future__ import annotations

from collections.abc import Iterator

from ..boxes.node import Node
from ..movie.movie import Movie

_FIELDS = {b"trex": "track_ID", b"trep": "track_ID", b"tfra": "track_ID", b"sidx": "reference_ID"}
"""Boxes that name a track, and in which field (ISO/IEC 14496-12, 8.8 and 8.16)."""


def referred_track_ids(movie: Movie) -> set[int]:
    """The track_IDs in fragments, indices, references and entity groups of a file.

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
        found.update(_named(box))
    return found


def _named(box: Node) -> Iterator[int]:
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
            if group.has("entity_ids"):
                yield from group.integers("entity_ids")
    elif code in (b"moov", b"trak", b"mvex", b"mfra", b"meta"):
        for inner in box.children():
            yield from _named(inner)
