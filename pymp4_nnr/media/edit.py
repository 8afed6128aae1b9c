"""Rewriting an MP4 file as boxes: what is not asked to change stays, byte for byte.

A rewrite is a list of parts in their new order. The size of some (`moov` above all) depends on
offsets, and offsets depend on sizes, so they are built again until both agree.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from ..boxes import BOX
from ..errors import BoxError, FileFormatError, LimitError, MediaError
from .movie import Movie
from .offsets import Kept, OffsetMap, move_offsets
from .pieces import Piece, Range, piece_size
from .samples import children, data_entries, is_self_contained
from .walk import TO_END, BoxPlace

FRONT = frozenset((b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"emsg", b"prft", b"meta"))
"""Boxes that stay before `moov` where they stand at the start of the file."""

_WITH_OFFSETS = frozenset((b"meta", b"mfra", b"moof", b"sidx"))

_ATTEMPTS = 16


class Span(NamedTuple):
    """Bytes of the old file that a part holds: where they were, and where they are in the part."""

    old: int
    size: int
    inside: int


class Part(NamedTuple):
    """A part of the new file.

    Attributes:
        build: gives its pieces from the offset where it starts and the map of offsets.
        spans: what it holds of the old file.
        place: told where the part starts before any part is built, for parts that others refer to.
    """

    build: Callable[[int, OffsetMap], list[Piece]]
    spans: tuple[Span, ...] = ()
    place: Callable[[int], None] = lambda start: None


Layout: TypeAlias = "list[Part]"


def lay_out(parts: Layout) -> list[Piece]:
    """Place the parts one after the other, and build them with the offsets that follow from that.

    Raises:
        MediaError: an offset points outside what is kept, or cannot be moved.
    """
    sizes = [sum(span.size for span in part.spans) for part in parts]
    for _ in range(_ATTEMPTS):
        starts = [sum(sizes[:index]) for index in range(len(parts))]
        move = OffsetMap(
            [
                Kept(span.old, span.size, start + span.inside)
                for part, start in zip(parts, starts, strict=True)
                for span in part.spans
            ]
        )
        for part, start in zip(parts, starts, strict=True):
            part.place(start)
        built = [part.build(start, move) for part, start in zip(parts, starts, strict=True)]
        new = [sum(map(piece_size, pieces)) for pieces in built]
        if new == sizes:
            return [piece for pieces in built for piece in pieces]
        sizes = new
    raise MediaError("the offsets of the new file do not settle")


def kept_parts(movie: Movie) -> tuple[Layout, Layout]:
    """All boxes of a file but `moov`: those that stay before it, and those that come after."""
    front: Layout = []
    rest: Layout = []
    at_front = True
    for place in movie.places:
        at_front = at_front and place.type in FRONT
        if place.type != b"moov":
            (front if at_front else rest).append(box_part(movie, place))
    return front, rest


def box_part(movie: Movie, place: BoxPlace) -> Part:
    """A top-level box as it is, but for the absolute offsets in it."""
    spans = (Span(place.offset, place.size, 0),)
    same: list[Piece] = [Range(movie.source, place.offset, place.size)]
    if place.type not in _WITH_OFFSETS or (
        place.type == b"moof" and not _has_explicit_base(movie.parse(place))
    ):
        return Part(lambda start, move: same, spans)

    def build(start: int, move: OffsetMap) -> list[Piece]:
        box = movie.parse(place)
        if place.type == b"sidx":
            changed = _move_index(box, place, start, move)
        else:
            changed = move_offsets(box, move)
        return [built(box)] if changed else same

    return Part(build, spans)


def moov_part(
    movie: Movie,
    *,
    before: Callable[[Any], None] = lambda moov: None,
    after: Callable[[Any], None] = lambda moov: None,
) -> Part:
    """`moov`, edited before and after its offsets are moved."""
    place = next((place for place in movie.places if place.type == b"moov"), None)

    def build(start: int, move: OffsetMap) -> list[Piece]:
        moov = movie.parse(place) if place else copy.deepcopy(movie.moov)
        if moov.get("size_form") == TO_END:
            del moov["size_form"]  # it need not be the last box any more
        before(moov)
        move_offsets(moov, move)
        after(moov)
        return [built(moov)]

    return Part(build, (Span(place.offset, place.size, 0),) if place else ())


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
        FileFormatError: `moov` is compressed, broken, or its samples lie in other files.
    """
    moov = movie.moov
    if children(moov, b"cmov"):
        raise FileFormatError("the movie box is compressed (cmov)", box_path="moov")
    if moov.get("raw") is not None or moov.get("trailing") is not None:
        raise FileFormatError(f"the box is broken ({moov.note})", box_path="moov")
    for index, trak in enumerate(children(moov, b"trak")):
        path = f"moov/trak[{index}]"
        for code in (b"tkhd", b"mdia"):
            if not children(trak, code):
                name = code.decode("latin-1")
                raise FileFormatError("the box is missing", box_path=f"{path}/{name}")
        for entry in data_entries(trak):
            if not is_self_contained(entry):
                raise FileFormatError(
                    "the samples lie in another file", box_path=f"{path}/mdia/minf/dinf/dref"
                )


def _has_explicit_base(moof: Any) -> bool:
    return any(
        tfhd.get("base_data_offset") is not None
        for traf in children(moof, b"traf")
        for tfhd in children(traf, b"tfhd")
    )


def _move_index(sidx: Any, place: BoxPlace, start: int, move: OffsetMap) -> bool:
    """`sidx` (8.16.3): `first_offset` counts from the end of the box."""
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
