"""The sections that new files are made of: boxes that are kept, changed or made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..boxes.header import TO_END, BoxHeader
from ..boxes.node import NewBox, Node, build_box
from ..errors import NotEditableError, OffsetError
from ..io.ranges import ByteRange, Piece, SourceRange, read_exactly
from ..movie.fragment import Fragment, OffsetField, TrackFragment
from ..movie.movie import Movie
from .layout import Section
from .offset_map import OffsetMap
from .offsets import (
    ITEM_HOLDERS,
    MovableItems,
    MovableOffsets,
    segment_index_mover,
    update_random_access_size,
)

FRONT = frozenset((b"ftyp", b"styp", b"pdin", b"uuid", b"sidx", b"emsg", b"prft", b"meta"))
"""Boxes that stay before `moov` where they stand at the start of the file."""


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
        if len(data) == self._header.size:
            self.kept = [(self._header.range, 0)]
        else:
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


class KeptBoxes(Section):
    """Boxes that lie next to each other in the old file and stay as they are.

    Args:
        movie: the old file.
        start: byte offset of the first box.
    """

    def __init__(self, movie: Movie, start: int) -> None:
        super().__init__()
        self._source = movie.source
        self._start = self.end = start
        self._ties: list[tuple[int, int]] = []

    def extend(self, header: BoxHeader, ties: Sequence[tuple[int, int]] = ()) -> None:
        """Add the next box, and the ties of a fragment (see `fragment_ties`)."""
        self.end = header.end
        self._ties += ties
        self.kept = [(self._range, 0)]

    @property
    def _range(self) -> ByteRange:
        return ByteRange(self._start, self.end - self._start)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        # What is in here moves together.
        self._ties = [
            tie for tie in self._ties if not all(self._start <= at < self.end for at in tie)
        ]
        check_ties(self._ties, move)
        return [SourceRange(self._source, *self._range)]


class FragmentBox(Section):
    """A `moof`, which keeps its size: only offsets that are absolute (`tfhd`) are changed in it.

    Args:
        movie: the old file.
        moof: the box.
        tracks: what it holds of each track that is kept.
        data: the box with other changes, if there are any: of the same size, with the fields that
            hold offsets where `tracks` says.
    """

    def __init__(
        self,
        movie: Movie,
        moof: BoxHeader,
        tracks: Sequence[TrackFragment],
        data: bytes | None = None,
    ) -> None:
        super().__init__([(moof.range, 0)])
        self._source = movie.source
        self._range = moof.range
        self._data = data
        self._ties = fragment_ties(movie, moof, tracks)
        whole = read_exactly(movie.source, *moof.range)
        trafs = [track.traf.offset for track in tracks]
        self._items = MovableItems(whole, moof.offset, trafs) if b"iloc" in whole else None
        self._bases = [
            (track.base_field, _anchor(track), track.relative_fields)
            for track in tracks
            if track.base_field is not None
        ]

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        check_ties(self._ties, move)
        changes = list(self._changes(move))
        moved = list(self._items.changes(move)) if self._items is not None else []
        if not changes and not moved:
            return [self._data or SourceRange(self._source, *self._range)]
        data = bytearray(self._data or read_exactly(self._source, *self._range))
        for (field, _, signed), value in changes:
            at = field.offset - self._range.offset
            data[at : at + field.size] = value.to_bytes(field.size, signed=signed)
        for at, old, new in moved:
            if data[at : at + len(old)] != old:
                raise NotEditableError("items of a fragment would move in it", box_path="moof")
            data[at : at + len(new)] = new
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


def _anchor(track: TrackFragment) -> int:
    """The byte that `base_data_offset` moves with: data, as the base may be the file's start."""
    assert track.base_field is not None
    return next((run.start for run in track.runs if run.range.size), track.base_field.value)


def fragment_ties(
    movie: Movie, moof: BoxHeader, tracks: Sequence[TrackFragment]
) -> list[tuple[int, int]]:
    """Pairs of offsets that must move alike, because a fragment knows only their distance."""
    ties = []
    for track in tracks:
        if track.base_field is not None:
            anchor = _anchor(track)
        elif track.base == moof.offset:
            anchor = track.base
        else:  # where the data before ends
            anchor = track.base - 1
        ties += [(anchor, run.start) for run in track.runs if run.range.size]
        auxiliary = [track.base + one.value for one in track.relative_fields if not one.signed]
        ties += [(anchor, place) for place in auxiliary if place < movie.source.size]
    return ties


def check_ties(ties: Sequence[tuple[int, int]], move: OffsetMap) -> None:
    """Refuse to move samples otherwise than what their offsets are relative to.

    Raises:
        SampleTableError: they would move apart, or lie outside the file.
    """
    for anchor, place in ties:
        if move(anchor) - anchor != move(place) - place:
            raise OffsetError(
                "samples would move away from the fragment that they belong to", offset=place
            )


class Sections:
    """The sections of a new file that is made of an old one.

    Args:
        movie: the old file.

    Attributes:
        all: those added so far.
    """

    def __init__(self, movie: Movie) -> None:
        self.all: list[Section] = []
        self._movie = movie
        self._fragments = {fragment.moof.offset: fragment for fragment in movie.fragments}

    def add(self, *sections: Section) -> None:
        """Add sections."""
        self.all += sections

    def keep(self, header: BoxHeader) -> None:
        """Add a top-level box (but `moov`) as it is, with the absolute offsets in it moved."""
        if header.type == b"sidx":
            self.add(SegmentIndex(self._movie, header))
        elif header.type in (b"meta", b"mfra") or self._holds_items(header):
            self.add(EditedBox(self._movie, header, self._movie.parse(header)))
        elif header.type == b"moof":
            self.keep_fragment(self._fragments[header.offset])
        else:
            self._keep(header)

    def _holds_items(self, header: BoxHeader) -> bool:
        """Whether a box may hold a `meta` with items further inside (8.11.7)."""
        return header.type in ITEM_HOLDERS and b"iloc" in read_exactly(
            self._movie.source, *header.range
        )

    def keep_fragment(self, fragment: Fragment) -> None:
        """Add a `moof` as it is, with the absolute offsets in it moved."""
        if fragment.has_items or any(track.base_field is not None for track in fragment.tracks):
            self.add(FragmentBox(self._movie, fragment.moof, fragment.tracks))
        else:
            ties = fragment_ties(self._movie, fragment.moof, fragment.tracks)
            self._keep(fragment.moof, ties)

    def _keep(self, header: BoxHeader, ties: Sequence[tuple[int, int]] = ()) -> None:
        last = self.all[-1] if self.all else None
        if not isinstance(last, KeptBoxes) or last.end != header.offset:
            last = KeptBoxes(self._movie, header.offset)
            self.add(last)
        last.extend(header, ties)


def split_front(movie: Movie) -> tuple[list[BoxHeader], list[BoxHeader]]:
    """All boxes of a file but `moov`: those that stay before it, and those that come after."""
    count = 0
    for header in movie.boxes:
        if header.type not in FRONT or header.size_form == TO_END:
            break
        count += 1
    rest = [header for header in movie.boxes[count:] if header.type != b"moov"]
    return movie.boxes[:count], rest
