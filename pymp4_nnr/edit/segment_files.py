"""A file of movie fragments cut into segments, each a file of its own (14496-12, 8.16.2)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..boxes.header import BoxHeader
from ..errors import NotEditableError
from ..io.ranges import Piece
from ..movie.movie import Movie
from .fragment_boxes import segment_type
from .interleaving import segment_starts
from .layout import lay_out
from .sections import MovieBox, Pieces, Sections, split_front

_OF_WHOLE_FILES = (b"mfra", b"mdat", b"free", b"skip")
"""Boxes that have no place in an initialization segment."""


class SegmentFiles:
    """The segments of a file, which keep their boxes as they are.

    Absolute offsets in them count from the start of their file. What tells where fragments lie in
    the whole file (`mfra`, a `sidx` of several segments) is left out.

    Args:
        movie: the file, which was opened to be edited.

    Raises:
        NotEditableError: there are no fragments, or samples outside of them.
    """

    def __init__(self, movie: Movie) -> None:
        self._movie = movie
        self._sections = Sections(movie)
        self._front, self._rest = split_front(movie)
        self._starts = segment_starts(self._rest)
        for track in movie.all_tracks:
            counts = track.sample_table.need(b"stts").integers("entries", "sample_count")
            if sum(counts):
                raise NotEditableError(
                    f"the samples of track {track.track_id} are not in movie fragments, which "
                    "alone can be segments: fragment the file first",
                    box_path=track.box.path,
                )
        if not self._starts:
            raise NotEditableError("there are no movie fragments, which alone can be segments")

    def __len__(self) -> int:
        return len(self._starts)

    def initialization(self, moov: MovieBox) -> list[Piece]:
        """The initialization segment.

        Args:
            moov: the movie box that it is to have.

        Raises:
            OffsetError: there is an offset that leads out of it.
        """
        self._sections.all = []
        for header in self._front:
            if header.type not in (b"sidx", b"styp"):
                self._sections.keep(header)
        self._sections.add(moov)
        for header in self._rest:
            if header.offset >= self._starts[0]:
                break
            if header.type not in _OF_WHOLE_FILES:
                self._sections.keep(header)
        return lay_out(self._sections.all)

    def media(self) -> Iterator[list[Piece]]:
        """Yield the media segments.

        Raises:
            SampleTableError: a fragment has its data in another segment.
        """
        places = [header.offset for header in self._rest]
        first = [bisect_left(places, start) for start in self._starts]
        for start, end in pairwise([*first, len(places)]):
            yield self._segment(self._rest[start:end])

    def _segment(self, boxes: Sequence[BoxHeader]) -> list[Piece]:
        sections = self._sections
        sections.all = []
        if boxes[0].type != b"styp":
            sections.add(Pieces([segment_type(indexed=boxes[0].type == b"sidx")]))
        for header in boxes:
            if header.type == b"mfra" or (
                header.type in (b"sidx", b"ssix") and not self._is_of(header, boxes)
            ):
                continue
            sections.keep(header)
        return lay_out(sections.all)

    def _is_of(self, header: BoxHeader, boxes: Sequence[BoxHeader]) -> bool:
        """Whether a `sidx` is about this segment, and with it the `ssix` behind it."""
        indexes = [box for box in boxes if box.type == b"sidx" and box.offset <= header.offset]
        if not indexes:
            return False
        sidx = self._movie.parse(indexes[-1]).check_intact()
        sizes = [one.integer("referenced_size") for one in sidx.rows("references")]
        end = indexes[-1].end + sidx.integer("first_offset") + sum(sizes)
        return end <= boxes[-1].end
