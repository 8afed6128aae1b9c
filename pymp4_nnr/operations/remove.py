"""`remove`: remove an NNR track from an MP4 file."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import chain

from ..boxes.header import HEADER_SIZE, MEDIA_DATA, BoxHeader, encode_header
from ..boxes.node import Node, build_box
from ..edit.editable import check_editable
from ..edit.layout import Section, lay_out
from ..edit.offsets import MovableOffsets, segment_borders
from ..edit.sections import EditedBox, FragmentBox, MovieBox, Pieces, Sections
from ..edit.taken_back import take_back
from ..errors import OffsetError
from ..io.kernel_copy import BLOCK_SIZE
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress
from ..io.ranges import (
    ByteRange,
    Piece,
    SourceRange,
    ZeroSource,
    clip,
    merge,
    read_exactly,
    subtract,
)
from ..io.source import SourceLike
from ..movie.fragment import Fragment, OffsetField, TrackFragment
from ..movie.movie import EMPTY_MOVIE, Movie
from ..movie.nnr_track import NNRTrack


def remove(
    source: SourceLike,
    target: TargetLike,
    *,
    track_id: int | None = None,
    overwrite: bool = True,
    sync: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write an MP4 file without one of its NNR tracks.

    The other tracks and boxes stay unchanged, except for offsets to data that moves. The track's
    media data is removed: an `mdat` or a movie fragment that holds nothing else as a whole,
    otherwise its samples. In fragments that it shares with other tracks, its boxes and samples
    become free space of the same size, so that relative offsets stay right; so do all its fragments
    where an offset would not survive that they are left out. What `mux` had added for the track
    goes with it: its `mvex`, a raised duration or `next_track_ID`, and of an image file the `moov`.
    So the file before `mux` is restored, byte for byte, if its `moov` stood before the media data.

    Args:
        source: a path, buffer or binary file object.
        target: the file to write, which appears only when it is complete; or a binary file object.
        track_id: the NNR track; may be left out where there is one.
        overwrite: whether a target that exists may be replaced.
        sync: return only when the file, and its name, are on the disk: for a power cut.
        limit: as of `open`.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        FileFormatError, SampleTableError: the file is broken, or cannot be edited.
        TrackError: there is no such NNR track, or several and none is chosen.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    with Movie(source, editable=True, limit=limit) as movie:
        check_target(target, overwrite=overwrite, inputs=[movie.source])
        check_editable(movie)
        return write_pieces(
            _pieces(movie, movie.track(track_id)),
            target,
            overwrite=overwrite,
            sync=sync,
            inputs=[movie.source],
            progress=progress,
        )


def _pieces(movie: Movie, track: NNRTrack) -> list[Piece]:
    """The new file: without the fragments of the track, or where that cannot be, with free space.

    Offsets between fragments must stay right.
    """
    try:
        return lay_out(_without(movie, track, leave_out=True))
    except OffsetError:
        again = Movie(movie.source, editable=True, limit=movie.limit)  # as it is in the file
        return lay_out(_without(again, again.track(track.track_id), leave_out=False))


def _without(movie: Movie, track: NNRTrack, *, leave_out: bool) -> list[Section]:
    """The sections of the new file, in the order of the old."""
    extents = movie.extents()
    samples = merge(extents.pop(track.track_id))
    removed = subtract(samples, merge(chain.from_iterable(extents.values())))
    sections = Sections(movie)
    fragments = {fragment.moof.offset: fragment for fragment in movie.fragments}
    ours = {
        offset
        for offset, fragment in fragments.items()
        if leave_out and _is_all_ours(fragment, track.track_id)
    }
    left_out = ours | _emptied(movie, removed, in_fragments=leave_out)
    if leave_out:
        left_out |= _indexes(movie, track.track_id, ours)
    in_fragments = False
    image = any(header.type == b"meta" for header in movie.boxes)
    for header in movie.boxes:
        if header.offset in left_out:
            continue
        if header.type == b"moov":
            _remove_track(movie.moov, track.track_id)
            take_back(movie, track)
            if image and leave_out and _is_empty(movie.moov):
                continue
            sections.add(MovieBox(movie.moov, MovableOffsets(movie.moov)))
        elif header.type == b"moof":
            in_fragments = True
            _add_fragment(sections, movie, fragments[header.offset], track.track_id)
        elif header.type == b"mfra":
            mfra = movie.parse(header)
            changed = _remove_random_access(mfra, track.track_id)
            if changed and not mfra.children(b"tfra"):
                continue
            sections.add(EditedBox(movie, header, mfra, changed=changed))
        elif header.type in MEDIA_DATA and (inside := clip(removed, header.body)):
            edited = _blanked if in_fragments else _cut
            sections.add(edited(movie, header, inside))
        else:
            sections.keep(header)
    return sections.all


def _is_all_ours(fragment: Fragment, track_id: int) -> bool:
    """Whether a fragment holds nothing but samples of a track."""
    return not fragment.has_items and {part.track_id for part in fragment.tracks} == {track_id}


def _indexes(movie: Movie, track_id: int, ours: Set[int]) -> set[int]:
    """Offsets of the `sidx` of a track, where all fragments are its own.

    Args:
        movie: the file.
        track_id: of the track.
        ours: offsets of the fragments that are left out.

    Raises:
        OffsetError: another `sidx` counts from or to one of these.
    """
    found = set()
    for header in movie.boxes:
        if header.type != b"sidx":
            continue
        sidx = movie.parse(header).check_intact()
        if sidx.integer("reference_ID") == track_id and len(ours) == len(movie.fragments):
            found.add(header.offset)
        elif not ours.isdisjoint(segment_borders(sidx, header.end)[:-1]):
            raise OffsetError("an index points to a fragment that is left out", box_path="sidx")
    return found


def _emptied(movie: Movie, removed: Sequence[ByteRange], *, in_fragments: bool) -> set[int]:
    """Offsets of the `mdat`s that lose all their bytes, and their padding.

    Args:
        movie: the file.
        removed: what is removed of it.
        in_fragments: whether those behind the first fragment count, too.
    """
    found: set[int] = set()
    before: BoxHeader | None = None
    for header in movie.boxes:
        if header.type == b"moof" and not in_fragments:
            break
        if header.type in MEDIA_DATA and clip(removed, header.body) == [header.body]:
            found.add(header.offset)
            if before and _is_padding(movie, before):
                found.add(before.offset)
        before = header
    return found


def _remove_track(moov: Node, track_id: int) -> None:
    """Take a track out of `moov`, with its `trex` and what refers to it."""
    moov.keep(
        box
        for box in moov.children()
        if box.type != b"trak" or box.need(b"tkhd").integer("track_ID") != track_id
    )
    for mvex in moov.intact(b"mvex"):
        mvex.keep(
            box
            for box in mvex.children()
            if box.type not in (b"trex", b"trep") or box.integer_or("track_ID", 0) != track_id
        )
    for trak in moov.children(b"trak"):
        for tref in trak.children(b"tref"):
            references = [box for box in tref.children() if box.has("track_IDs")]
            for reference in references:
                ids = list(reference.integers("track_IDs"))
                if track_id in ids:
                    reference.set("track_IDs", [number for number in ids if number != track_id])
            left = any(reference.integers("track_IDs") for reference in references)
            if not left and len(references) == len(tref.children()):
                trak.remove(tref)


def _is_empty(moov: Node) -> bool:
    """Whether a `moov` is the one that `mux` adds to an image file, without its tracks."""
    made, empty = bytearray(moov.build()), bytearray(build_box(EMPTY_MOVIE))
    for data in (made, empty):
        data[_DURATION] = data[-_NEXT_TRACK_ID_SIZE:] = bytes(4)  # which tracks had raised
    return made == empty


_DURATION = slice(32, 36)
"""Where an empty `moov` has it: the fifth field of `mvhd` (8.2.2)."""

_NEXT_TRACK_ID_SIZE = 4
"""Bytes of the last field of `mvhd`."""


def _remove_random_access(mfra: Node, track_id: int) -> bool:
    """Take the random access points of a track out of `mfra`; whether there were any."""
    boxes = mfra.children()
    left = [
        box for box in boxes if box.type != b"tfra" or box.integer_or("track_ID", 0) != track_id
    ]
    mfra.keep(left)
    return len(left) < len(boxes)


def _is_padding(movie: Movie, header: BoxHeader) -> bool:
    """Whether a box is padding as `mux` writes it before an `mdat`."""
    return (
        header.type == b"free"
        and header.size < BLOCK_SIZE + HEADER_SIZE
        and not any(read_exactly(movie.source, *header.body))
    )


def _cut(movie: Movie, header: BoxHeader, removed: Sequence[ByteRange]) -> Section:
    """An `mdat` without some of its bytes."""
    left = subtract([header.body], removed)
    size = sum(part.size for part in left)
    new_header = encode_header(header.type, size, header.size_form)
    pieces: list[Piece] = [new_header]
    kept = [(ByteRange(header.offset, header.header_size), 0)]
    at = len(new_header)
    for part in left:
        pieces.append(SourceRange(movie.source, *part))
        kept.append((part, at))
        at += part.size
    return Pieces(pieces, kept)


def _blanked(movie: Movie, header: BoxHeader, removed: Sequence[ByteRange]) -> Section:
    """A box with some of its bytes made zero; if that is its whole body, a `free` box."""
    zeros = ZeroSource()
    head = read_exactly(movie.source, header.offset, header.header_size)
    if list(removed) == [header.body]:
        head = head[:4] + b"free" + head[8:]
    pieces: list[Piece] = [head]
    at = header.body_offset
    for part in removed:
        pieces.append(SourceRange(movie.source, at, part.offset - at))
        pieces.append(SourceRange(zeros, 0, part.size))
        at = part.end
    pieces.append(SourceRange(movie.source, at, header.end - at))
    return Pieces(pieces, [(header.range, 0)])


def _add_fragment(sections: Sections, movie: Movie, fragment: Fragment, track_id: int) -> None:
    """Add a `moof` in which the track's `traf`s have become `free` boxes.

    The box keeps its size, so that relative offsets stay right. If all its `traf`s are the
    track's, it becomes a `free` box itself.
    """
    moof = fragment.moof
    removed = [part for part in fragment.tracks if part.track_id == track_id]
    if not removed:
        sections.keep_fragment(fragment)
        return
    if len(removed) == len(fragment.tracks) and not fragment.has_items:
        sections.add(_blanked(movie, moof, [moof.body]))
        return
    data = bytearray(read_exactly(movie.source, *moof.range))
    kept: list[TrackFragment] = []
    free: BoxHeader | None = None  # what the `traf` before has become, if it was removed
    for part in fragment.tracks:
        if part.track_id == track_id:
            free = part.traf
            _put(data, free.offset - moof.offset, _free(free.size))
            continue
        if free is not None and part.implied_base and part.runs:
            part = _with_explicit_base(data, moof.offset, free, part)
        free = None
        kept.append(part)
    sections.add(FragmentBox(movie, moof, kept, bytes(data)))


_BASE_SIZE = 8
"""Bytes of `base_data_offset`."""


def _with_explicit_base(
    data: bytearray, start: int, free: BoxHeader, part: TrackFragment
) -> TrackFragment:
    """Give a `traf` whose base was the end of the data before it a `base_data_offset` (8.8.7).

    The field takes its bytes from the `free` box before the `traf`.

    Args:
        data: the `moof`, which is changed.
        start: byte offset of the `moof` in the file.
        free: the box that has become `free`.
        part: the `traf` to change.
    """
    field = part.tfhd.body_offset + 8  # behind version, flags and track_ID
    between = bytes(data[free.end - start : field - start])
    _put(data, free.offset - start, _free(free.size - _BASE_SIZE))
    _put(data, free.end - _BASE_SIZE - start, between + part.base.to_bytes(_BASE_SIZE))
    for box in (part.traf, part.tfhd):
        header = encode_header(box.type, box.size - box.header_size + _BASE_SIZE, box.size_form)
        _put(data, box.offset - _BASE_SIZE - start, header)
    data[part.tfhd.body_offset - _BASE_SIZE + 3 - start] |= 1  # base-data-offset-present
    place = ByteRange(field - _BASE_SIZE, _BASE_SIZE)
    return replace(part, base_field=OffsetField(place, part.base), implied_base=False)


def _put(data: bytearray, at: int, new: bytes) -> None:
    data[at : at + len(new)] = new


def _free(size: int) -> bytes:
    """A `free` box of so many bytes."""
    return encode_header(b"free", size - HEADER_SIZE, None) + bytes(size - HEADER_SIZE)
