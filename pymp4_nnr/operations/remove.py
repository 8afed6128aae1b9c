"""`remove`: an NNR track taken out of an MP4 file again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, TypeAlias

from ..boxes.box import LARGESIZE
from ..boxes.header import HEADER_SIZE, MEDIA_DATA, BoxHeader
from ..edit.layout import Layout, Part, Span, box_part, check_editable, lay_out, moov_part, whole
from ..edit.offsets import update_random_access_size
from ..io.output import BLOCK_SIZE, Progress, TargetLike, check_target, write_pieces
from ..io.ranges import Piece, SourceRange, ZeroSource
from ..io.source import Source, SourceLike
from ..movie.movie import Movie, NNRTrack
from ..movie.sample_table import child, children, intact

Ranges: TypeAlias = "list[tuple[int, int]]"
"""Sorted byte ranges (start, end) that do not overlap or touch."""


def remove(
    source: SourceLike | Source,
    target: TargetLike,
    *,
    track_id: int | None = None,
    overwrite: bool = True,
    progress: Progress | None = None,
) -> int:
    """Write an MP4 file without one of its NNR tracks.

    The other tracks and boxes stay as they are, but for offsets that move. The track's media data
    goes too: an `mdat` that holds nothing else with its header, otherwise the samples alone.
    In fragments the place of the track's boxes and samples becomes free space, so that relative
    offsets stay right.

    Args:
        source: a path, buffer or binary file object.
        target: the file to write, which appears when it is whole; or a binary file object.
        track_id: the NNR track; may be left out where there is one.
        overwrite: whether a target that exists may be replaced.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        FileFormatError, SampleTableError: the file is broken, or cannot be edited.
        TrackError: there is no such NNR track, or several and none is chosen.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    with Movie(source) as movie:
        check_target(target, overwrite=overwrite, inputs=[movie.source])
        check_editable(movie)
        track = movie.track(track_id)
        return write_pieces(
            lay_out(_without(movie, track)),
            target,
            overwrite=overwrite,
            inputs=[movie.source],
            progress=progress,
        )


def _without(movie: Movie, track: NNRTrack) -> Layout:
    """The parts of the new file, in the order of the old."""
    extents = movie.extents()
    ours = ranges_of(extents.pop(track.track_id))
    gone = subtract(ours, ranges_of(chain.from_iterable(extents.values())))
    parts: Layout = []
    in_fragments = False
    for place in movie.places:
        in_fragments = in_fragments or place.type == b"moof"
        if place.type == b"moov":
            parts.append(moov_part(movie, before=lambda moov: _forget(moov, track.track_id)))
        elif place.type == b"moof":
            parts.append(_fragment_part(movie, place, track.track_id))
        elif place.type == b"mfra":
            parts.append(box_part(movie, place, lambda mfra: _forget_access(mfra, track.track_id)))
        elif place.type in MEDIA_DATA:
            inside = _within(gone, place.body_offset, place.end)
            if not inside:
                parts.append(box_part(movie, place))
            elif in_fragments:
                parts.append(_blanked_part(movie, place, inside))
            elif inside != [(place.body_offset, place.end)]:
                parts.append(_cut_part(movie, place, inside))
            elif parts and _is_padding(movie, movie.places[movie.places.index(place) - 1]):
                parts.pop()
        else:
            parts.append(box_part(movie, place))
    return parts


def _forget(moov: Any, track_id: int) -> None:
    """Take a track out of `moov`, with its `trex` and what refers to it."""
    moov["children"][:] = [
        box
        for box in moov.children
        if box.type != b"trak" or child(box, b"tkhd", "moov/trak").track_ID != track_id
    ]
    for mvex in intact(moov, b"mvex", "moov"):
        mvex["children"][:] = [
            box
            for box in mvex.children
            if box.type not in (b"trex", b"trep") or box.get("track_ID") != track_id
        ]
    for trak in children(moov, b"trak"):
        for tref in children(trak, b"tref"):
            for reference in tref.children:
                if track_id in reference.get("track_IDs", ()):
                    reference["track_IDs"] = [i for i in reference.track_IDs if i != track_id]
            if not any(reference.get("track_IDs", True) for reference in tref.children):
                trak["children"][:] = [box for box in trak.children if box is not tref]


def _forget_access(mfra: Any, track_id: int) -> bool:
    """Take the random access points of a track out of `mfra`."""
    left = [box for box in mfra.children if box.type != b"tfra" or box.get("track_ID") != track_id]
    changed = len(left) < len(mfra.children)
    if changed:
        mfra["children"][:] = left
        update_random_access_size(mfra)
    return changed


def _is_padding(movie: Movie, place: BoxHeader) -> bool:
    """Whether a box is padding as `mux` writes it before an `mdat`."""
    return (
        place.type == b"free"
        and place.size < BLOCK_SIZE + HEADER_SIZE
        and not any(movie.source.read(place.body_offset, place.size - place.header_size))
    )


def _cut_part(movie: Movie, place: BoxHeader, gone: Ranges) -> Part:
    """An `mdat` without some of its bytes."""
    kept = subtract([(place.body_offset, place.end)], gone)
    size = place.header_size + sum(end - start for start, end in kept)
    name = place.type.ljust(4)
    if place.size_form == LARGESIZE:
        header = b"\0\0\0\1" + name + size.to_bytes(8)
    else:
        header = (0 if place.size_form else size).to_bytes(4) + name
    pieces: list[Piece] = [header, *(SourceRange(movie.source, a, b - a) for a, b in kept)]
    spans = [Span(place.offset, place.header_size, 0)]
    inside = place.header_size
    for start, end in kept:
        spans.append(Span(start, end - start, inside))
        inside += end - start
    return Part(lambda start, move: pieces, spans)


def _blanked_part(movie: Movie, place: BoxHeader, gone: Ranges) -> Part:
    """A box with some of its bytes made zero; if that is its whole body, a `free` box."""
    zeros = ZeroSource()
    all_of_it = gone == [(place.body_offset, place.end)]
    header = movie.source.read(place.offset, place.header_size)
    if all_of_it:
        header = header[:4] + b"free" + header[8:]
    pieces: list[Piece] = [header]
    at = place.body_offset
    for start, end in gone:
        pieces += [SourceRange(movie.source, at, start - at), SourceRange(zeros, 0, end - start)]
        at = end
    pieces.append(SourceRange(movie.source, at, place.end - at))
    return Part(lambda start, move: pieces, [whole(place)])


def _fragment_part(movie: Movie, place: BoxHeader, track_id: int) -> Part:
    """A `moof` in which the track's `traf`s have become `free` boxes of the same size."""

    def is_ours(traf: Any) -> bool:
        return bool(child(traf, b"tfhd", "moof/traf").track_ID == track_id)

    def edit(moof: Any) -> bool:
        bases = {id(run.traf): run.base for run in reversed(list(movie.runs(moof)))}
        left: list[Any] = []
        freed = None  # what the last `traf` has become, if it was ours
        for box in moof.children:
            if box.type == b"traf" and is_ours(box):
                freed = {"type": b"free", "data": bytes(box.end - box.offset - HEADER_SIZE)}
                left.append(freed)
                continue
            left.append(box)
            if box.type == b"traf":
                if freed and id(box) in bases and _set_base(box, bases[id(box)]):
                    freed["data"] = freed["data"][_BASE_SIZE:]
                freed = None
        moof["children"][:] = left
        return any(map(is_ours, trafs))

    trafs = intact(movie.parse(place), b"traf", "moof")
    if trafs and all(map(is_ours, trafs)):
        return _blanked_part(movie, place, [(place.body_offset, place.end)])
    return box_part(movie, place, edit)


_BASE_SIZE = 8
"""Bytes of `base_data_offset`."""


def _set_base(traf: Any, base: int) -> bool:
    """Say where offsets count from in a `traf` that counted from the end of the one before."""
    tfhd = child(traf, b"tfhd", "moof/traf")
    implied = tfhd.base_data_offset is None and not tfhd.flags.default_base_is_moof
    if not implied:
        return False
    tfhd.flags["base_data_offset_present"] = True
    tfhd["base_data_offset"] = base
    return True


# --- ranges of bytes ------------------------------------------------------------------------


def ranges_of(extents: Iterable[tuple[int, int]]) -> Ranges:
    """(offset, size) in any order as ranges."""
    merged: Ranges = []
    for offset, size in sorted(extents):
        end = offset + size
        if merged and offset <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((offset, end))
    return merged


def subtract(ranges: Ranges, others: Ranges) -> Ranges:
    """The parts of `ranges` that lie in none of `others`; both are sorted and do not overlap."""
    left: Ranges = []
    at = 0
    for start, end in ranges:
        while at < len(others) and others[at][1] <= start:
            at += 1
        for other in others[at:]:
            if other[0] >= end:
                break
            if other[0] > start:
                left.append((start, other[0]))
            start = max(start, other[1])
        if start < end:
            left.append((start, end))
    return left


def _within(ranges: Ranges, start: int, end: int) -> Ranges:
    """The parts of `ranges` from `start` to `end`."""
    return [(max(a, start), min(b, end)) for a, b in ranges if a < end and b > start]
