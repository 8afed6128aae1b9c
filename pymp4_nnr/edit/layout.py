"""Files laid out anew: sections in their new order, and the offsets that follow from it.

The size of some sections (`moov` above all) depends on offsets, and offsets depend on sizes, so
sections are built again until both agree. What is not asked to change stays, byte for byte.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from ..boxes.header import TO_END, BoxHeader
from ..boxes.node import NewBox, Node, build_box
from ..errors import FileFormatError, MediaError, SampleTableError
from ..io.ranges import ByteRange, Piece, SourceRange, piece_size, read_exactly
from ..movie.fragment import Fragment, OffsetField, TrackFragment
from ..movie.movie import Movie
from .offsets import (
    Kept,
    MovableOffsets,
    OffsetMap,
    segment_index_mover,
    update_random_access_size,
)

FRONT = frozenset((b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"emsg", b"prft", b"meta"))
"""Boxes that stay before `moov` where they stand at the start of the file."""

_EDITED = frozenset((b"moov", b"moof", b"meta", b"mfra", b"sidx"))
"""Boxes that are not copied as they are: samples in them would not be found again."""

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
    raise MediaError("the offsets of the new file do not settle")


def _all_kept(sections: Sequence[Section], starts: Sequence[int]) -> list[Kept]:
    return [
        Kept(old, start + inside)
        for section, start in zip(sections, starts, strict=True)
        for old, inside in section.kept
    ]


class Pieces(Section):
    """Bytes that do not depend on any offset.

    Args:
        pieces: the bytes.
        kept: what of the old file is among them.
    """

    def __init__(self, pieces: Sequence[Piece], kept: Sequence[tuple[ByteRange, int]] = ()) -> None:
        super().__init__(kept)
        self._pieces = list(pieces)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        return self._pieces


class CopiedBox(Pieces):
    """A top-level box as it is."""

    def __init__(self, movie: Movie, header: BoxHeader) -> None:
        same = SourceRange(movie.source, header.offset, header.size)
        super().__init__([same], [(header.range, 0)])


class MovieBox(Section):
    """`moov`, which has been edited, with its offsets moved.

    Args:
        moov: the parsed box, with the changes that do not depend on offsets.
        offsets: the offsets in it, found before new boxes were added.
        in_file: whether it was parsed from the old file.
        refresh: called before the box is built, to give new boxes in it their offsets.
    """

    def __init__(
        self,
        moov: Node,
        offsets: MovableOffsets,
        *,
        in_file: bool = True,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__([(moov.header.range, 0)] if in_file else [])
        self._refresh = refresh
        self._moov = moov
        self._offsets = offsets
        self._in_file = in_file
        moov.set_ordinary_size()  # it need not be the last box any more

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        self._offsets.move(move)
        self._refresh()
        data = self._moov.build()
        if self._in_file:
            self.kept = list(self._moov.kept_ranges(data))
        return [data]


class NewMovieBox(Section):
    """A `moov` that is made anew.

    Args:
        make: gives the box, with the offsets that follow from where the sections were placed.
    """

    def __init__(self, make: Callable[[], NewBox]) -> None:
        super().__init__()
        self._make = make

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        return [build_box(self._make())]


class EditedBox(Section):
    """A top-level box with offsets (`meta`, `mfra`), which keeps its bytes unless they change.

    Args:
        movie: the old file.
        header: of the box.
        box: the same, parsed.
        changed: whether `box` has been changed.
    """

    def __init__(
        self, movie: Movie, header: BoxHeader, box: Node, *, changed: bool = False
    ) -> None:
        super().__init__([(header.range, 0)])
        self._header = header
        self._box = box
        self._changed = changed
        self._same = SourceRange(movie.source, header.offset, header.size)
        self._offsets = MovableOffsets(box)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        if not self._offsets.move(move) and not self._changed:
            self.kept = [(self._header.range, 0)]
            return [self._same]
        if self._box.type == b"mfra":
            update_random_access_size(self._box)
        data = self._box.build()
        self.kept = list(self._box.kept_ranges(data))
        return [data]


class SegmentIndex(Section):
    """A top-level `sidx`, which keeps its size."""

    def __init__(self, movie: Movie, header: BoxHeader) -> None:
        super().__init__([(header.range, 0)])
        self._size = header.size
        self._same = SourceRange(movie.source, header.offset, header.size)
        self._box = movie.parse(header)
        self._mover = segment_index_mover(self._box, header.end)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        changed = self._mover(move, start + self._size)
        return [self._box.build()] if changed else [self._same]


class FragmentBox(Section):
    """A `moof`, which keeps its size: only offsets that are absolute (`tfhd`) are changed in it.

    Args:
        movie: the old file.
        fragment: the box.
        tracks: what it holds of each track that is kept; by default of all.
        data: the box with other changes, if there are any: of the same size, with the fields that
            hold offsets where `tracks` says.
    """

    def __init__(
        self,
        movie: Movie,
        fragment: Fragment,
        *,
        tracks: Sequence[TrackFragment] | None = None,
        data: bytes | None = None,
    ) -> None:
        self._range = fragment.moof.range
        super().__init__([(self._range, 0)])
        self._source = movie.source
        self._data = data
        self._ties: set[tuple[int, int]] = set()
        self._bases: list[tuple[OffsetField, int, tuple[OffsetField, ...]]] = []
        for track in fragment.tracks if tracks is None else tracks:
            starts = [run.start for run in track.runs if any(run.sizes)]
            if track.base_field is not None:
                # What moves is the data: the base alone may point to the start of the file.
                anchor = starts[0] if starts else track.base_field.value
                self._bases.append((track.base_field, anchor, track.relative_fields))
            else:
                # A base that is not the fragment itself is where the data before it ends.
                at_fragment = track.base == self._range.offset
                anchor = track.base if at_fragment else track.base - 1
            self._ties.update((anchor, start) for start in starts)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        for anchor, place in self._ties:
            if move(anchor) - anchor != move(place) - place:
                raise SampleTableError(
                    "samples would move away from the fragment that they belong to", offset=place
                )
        changes = list(self._changes(move))
        if not changes:
            return [self._data or SourceRange(self._source, *self._range)]
        data = bytearray(self._data or read_exactly(self._source, *self._range))
        for (field, _, signed), value in changes:
            at = field.offset - self._range.offset
            data[at : at + field.size] = value.to_bytes(field.size, signed=signed)
        return [bytes(data)]

    def _changes(self, move: OffsetMap) -> Iterator[tuple[OffsetField, int]]:
        """The fields that change, and their new values."""
        for field, first, relative_fields in self._bases:
            shift = move(first) - first
            if not shift:
                continue
            base = field.value + shift
            yield field, max(base, 0)
            if base < 0:  # it was the start of the file, or near: what is relative to it moves
                for relative in relative_fields:
                    yield relative, relative.value + base


def kept_box(movie: Movie, header: BoxHeader, fragments: Iterator[Fragment]) -> Section:
    """A top-level box (but `moov`) as it is, with the absolute offsets in it moved.

    Args:
        movie: the old file.
        header: of the box.
        fragments: the fragments of the file from this box on; a `moof` takes its own.
    """
    if header.type == b"moof":
        return FragmentBox(movie, next(fragments))
    if header.type == b"sidx":
        return SegmentIndex(movie, header)
    if header.type in (b"meta", b"mfra"):
        return EditedBox(movie, header, movie.parse(header))
    return CopiedBox(movie, header)


def kept_sections(movie: Movie) -> tuple[list[Section], list[Section]]:
    """All boxes of a file but `moov`: those that stay before it, and those that come after."""
    front: list[Section] = []
    rest: list[Section] = []
    at_front = True
    fragments = iter(movie.fragments)
    for header in movie.boxes:
        at_front = at_front and header.type in FRONT and header.size_form != TO_END
        if header.type != b"moov":
            (front if at_front else rest).append(kept_box(movie, header, fragments))
    return front, rest


def check_editable(movie: Movie) -> None:
    """Refuse files that cannot be rewritten without harm, before anything is written.

    Raises:
        FileFormatError: `moov` is compressed or broken, or two tracks have the same track_ID.
        SampleTableError: sample tables or fragments are broken, or point outside the file.
        TrackError: samples lie in other files.
    """
    moov = movie.moov
    if moov.children(b"cmov"):
        raise FileFormatError("the movie box is compressed (cmov)", box_path="moov")
    if moov.is_raw or moov.trailing:
        raise FileFormatError(f"the box is broken ({moov.note})", box_path="moov")
    moov.need(b"mvhd")
    moov.intact(b"trak")
    seen = set()
    for track in movie.all_tracks:
        if track.track_id in seen:
            raise FileFormatError(f"two tracks have track_ID {track.track_id}", box_path="moov")
        seen.add(track.track_id)
    _check_samples(movie)


def _check_samples(movie: Movie) -> None:
    """Samples that lie in several boxes, or in one that is edited, would not come out whole.

    Raises:
        SampleTableError: there are such samples, or some point outside the file.
    """
    starts = [header.offset for header in movie.boxes]
    for track_id, extents in movie.extents().items():
        for place in extents:
            header = movie.boxes[bisect_right(starts, place.offset) - 1]
            if header.type in _EDITED or not header.body.contains(place):
                raise SampleTableError(
                    f"samples of track {track_id} do not lie in media data", offset=place.offset
                )
