"""Rewriting an MP4 file as boxes: what is not asked to change stays, byte for byte.

A rewrite is a list of parts in their new order. The size of some (`moov` above all) depends on
offsets, and offsets depend on sizes, so they are built again until both agree.
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from ..boxes import BOX
from ..boxes.box import TO_END
from ..boxes.header import BoxHeader
from ..errors import BoxError, FileFormatError, LimitError, MediaError, SampleTableError
from ..io.ranges import Piece, SourceRange, piece_size
from ..movie.movie import Movie
from ..movie.sample_table import child, children, intact
from .offsets import (
    Kept,
    OffsetMap,
    check_ties,
    fragment_ties,
    has_explicit_base,
    move_fragment_bases,
    move_offsets,
)

FRONT = frozenset((b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"emsg", b"prft", b"meta"))
"""Boxes that stay before `moov` where they stand at the start of the file."""

_WITH_OFFSETS = frozenset((b"meta", b"mfra", b"sidx"))
_EDITED = _WITH_OFFSETS | {b"moov", b"moof"}

_ATTEMPTS = 16
_PADDED_ATTEMPTS = 8


class Span(NamedTuple):
    """Bytes of the old file that a part holds: where they were, and where they are in the part."""

    old: int
    size: int
    inside: int


@dataclass
class Part:
    """A part of the new file.

    Attributes:
        build: gives its pieces from the offset where it starts and the map of offsets.
        spans: what it holds of the old file; `build` may tell better.
        place: told where the part starts, and whether it may be padded, before any part is built,
            for parts that others refer to.
    """

    build: Callable[[int, OffsetMap], list[Piece]]
    spans: list[Span] = field(default_factory=list)
    place: Callable[[int, bool], None] = lambda start, pad: None


Layout: TypeAlias = "list[Part]"


def lay_out(parts: Layout) -> list[Piece]:
    """Place the parts one after the other, and build them with the offsets that follow from that.

    Raises:
        MediaError: an offset points outside what is kept, or cannot be moved.
    """
    sizes = [sum(span.size for span in part.spans) for part in parts]
    for attempt in range(_ATTEMPTS):
        starts = list(accumulate(sizes, initial=0))[:-1]
        kept = _kept(parts, starts)
        for part, start in zip(parts, starts, strict=True):
            # padding can make a file shorter whose offsets have grown: then it is left out
            part.place(start, attempt < _PADDED_ATTEMPTS)
        move = OffsetMap(kept)
        built = [part.build(start, move) for part, start in zip(parts, starts, strict=True)]
        new = [sum(map(piece_size, pieces)) for pieces in built]
        if new == sizes and _kept(parts, starts) == kept:
            return [piece for pieces in built for piece in pieces]
        sizes = new
    raise MediaError("the offsets of the new file do not settle")


def _kept(parts: Layout, starts: list[int]) -> list[Kept]:
    return [
        Kept(span.old, span.size, start + span.inside)
        for part, start in zip(parts, starts, strict=True)
        for span in part.spans
    ]


def kept_parts(movie: Movie) -> tuple[Layout, Layout]:
    """All boxes of a file but `moov`: those that stay before it, and those that come after."""
    front: Layout = []
    rest: Layout = []
    at_front = True
    for place in movie.places:
        at_front = at_front and place.type in FRONT and place.size_form != TO_END
        if place.type != b"moov":
            (front if at_front else rest).append(box_part(movie, place))
    return front, rest


def box_part(
    movie: Movie, place: BoxHeader, edit: Callable[[Any], bool] = lambda box: False
) -> Part:
    """A top-level box as it is, but for the absolute offsets in it.

    Args:
        movie: the file.
        place: of the box.
        edit: may change a parsed box that has offsets, and tells whether it does.
    """
    if place.type == b"moof":
        return fragment_part(movie, place, edit)
    spans = [whole(place)]
    same: list[Piece] = [SourceRange(movie.source, place.offset, place.size)]
    if place.type not in _WITH_OFFSETS:
        return Part(lambda start, move: same, spans)

    def build(start: int, move: OffsetMap) -> list[Piece]:
        box = movie.parse(place)
        changed = edit(box)
        if place.type == b"sidx":
            changed |= _move_index(box, place, start, move)
        else:
            changed |= move_offsets(box, move)
        spans[:] = [whole(place)]
        return [edited(box, spans)] if changed else same

    return Part(build, spans)


def fragment_part(
    movie: Movie, place: BoxHeader, edit: Callable[[Any], bool] = lambda moof: False
) -> Part:
    """A `moof`; as `box_part`, but `edit` must not change the size of the box."""
    same: list[Piece] = [SourceRange(movie.source, place.offset, place.size)]
    moof = movie.parse(place)
    runs = list(movie.runs(moof))
    changes = edit(moof)
    kept = [run for run in runs if any(run.traf is box for box in moof.children)]
    ties = fragment_ties(moof, kept)
    absolute = has_explicit_base(moof)
    del moof, runs, kept

    def build(start: int, move: OffsetMap) -> list[Piece]:
        check_ties(ties, move)
        if not (changes or absolute):
            return same
        moof = movie.parse(place)
        runs = list(movie.runs(moof))
        edit(moof)
        moved = move_fragment_bases(moof, runs, move)
        return [built(moof)] if changes or moved else same

    return Part(build, [whole(place)])


def moov_part(
    movie: Movie,
    *,
    before: Callable[[Any], None] = lambda moov: None,
    after: Callable[[Any], None] = lambda moov: None,
) -> Part:
    """`moov`, edited before and after its offsets are moved."""
    place = next((place for place in movie.places if place.type == b"moov"), None)
    spans = [whole(place)] if place else []

    def build(start: int, move: OffsetMap) -> list[Piece]:
        moov = movie.parse(place) if place else copy.deepcopy(movie.moov)
        if moov.get("size_form") == TO_END:
            del moov["size_form"]  # it need not be the last box any more
        before(moov)
        move_offsets(moov, move)
        after(moov)
        return [edited(moov, spans if place else [])]

    return Part(build, spans)


def whole(place: BoxHeader) -> Span:
    """All of a box that stays as large as it is."""
    return Span(place.offset, place.size, 0)


def edited(box: Any, spans: list[Span]) -> bytes:
    """Build a box that was parsed and changed, and tell where what was in it has come to lie.

    Offsets may point into it: `saio` to the `senc` beside it.

    Args:
        box: the box.
        spans: what to replace by what is found.

    Raises:
        LimitError, MediaError: as `built`.
    """
    data = built(box)
    spans[:] = _kept_spans(box, data, 0)
    return data


def _kept_spans(box: Any, data: bytes, at: int) -> Iterator[Span]:
    """Where the old boxes in a box are that has been built and lies at an offset of `data`."""
    if "offset" not in box:
        return  # a new one
    inside = box.get("children")
    first = inside[0].get("offset") if inside else None
    if first is None:
        yield Span(box.offset, min(box.end - box.offset, _size_at(data, at)), at)
        return
    yield Span(box.offset, first - box.offset, at)
    at += first - box.offset
    for inner in inside:
        yield from _kept_spans(inner, data, at)
        at += _size_at(data, at)


def _size_at(data: bytes, at: int) -> int:
    """Bytes of the box at an offset of `data`."""
    size = int.from_bytes(data[at : at + 4])
    return int.from_bytes(data[at + 8 : at + 16]) if size == 1 else size or len(data) - at


def built(box: Any) -> bytes:
    """Build a box that must not pass 32 bits in size.

    Raises:
        LimitError: it does.
        MediaError: it cannot be built.
    """
    try:
        data: bytes = BOX.build(box)
    except BoxError as error:
        raise MediaError(error.reason, box_path=error.box_path) from error
    if len(data) > 0xFFFFFFFF and box.get("size_form") is None:
        raise LimitError("the box passes 4 GiB", box_path=box["type"].decode("latin-1"))
    return data


def check_editable(movie: Movie) -> None:
    """Refuse files that cannot be rewritten without harm, before anything is written.

    Raises:
        FileFormatError: `moov` is compressed or broken, or two tracks have the same track_ID.
        SampleTableError: sample tables or fragments are broken, or point outside the file.
        TrackError: samples lie in other files.
    """
    moov = movie.moov
    if children(moov, b"cmov"):
        raise FileFormatError("the movie box is compressed (cmov)", box_path="moov")
    if moov.get("raw") is not None or moov.get("trailing") is not None:
        raise FileFormatError(f"the box is broken ({moov.note})", box_path="moov")
    child(moov, b"mvhd", "moov")
    seen = set()
    for index, trak in enumerate(intact(moov, b"trak", "moov")):
        track_id = child(trak, b"tkhd", f"moov/trak[{index}]").track_ID
        if track_id in seen:
            raise FileFormatError(f"two tracks have track_ID {track_id}", box_path="moov")
        seen.add(track_id)
    _check_samples(movie)


def _check_samples(movie: Movie) -> None:
    """Samples that lie in several boxes, or in one that is edited, would not come out whole.

    Raises:
        SampleTableError: there are such samples, or some point outside the file.
    """
    starts = [place.offset for place in movie.places]
    for track_id, extents in movie.extents().items():
        for offset, size in extents:
            place = movie.places[bisect_right(starts, offset) - 1]
            inside = place.body_offset <= offset and offset + size <= place.end
            if not inside or place.type in _EDITED:
                raise SampleTableError(
                    f"samples of track {track_id} do not lie in media data", offset=offset
                )


def _move_index(sidx: Any, place: BoxHeader, start: int, move: OffsetMap) -> bool:
    """`sidx` (8.16.3): `first_offset` counts from the end of the box."""
    if sidx.get("raw") is not None:
        raise SampleTableError(
            f"the box is broken ({sidx.note})", box_path="sidx", offset=place.offset
        )
    old = place.end + sidx.first_offset
    new = move(old) - (start + place.size)
    if new == sidx.first_offset:
        return False
    if new < 0:
        raise LimitError("first_offset would be negative", box_path="sidx")
    if new > 0xFFFFFFFF and sidx.version == 0:
        raise LimitError("first_offset passes 32 bits", box_path="sidx")
    sidx["first_offset"] = new
    return True
