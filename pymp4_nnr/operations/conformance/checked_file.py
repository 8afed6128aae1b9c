"""The file that is checked, and what the rules about one part of it need to know of the others."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ...boxes.header import MEDIA_DATA, BoxHeader, show_code
from ...boxes.node import Node
from ...errors import NNRError
from ...io.progress import Progress, StepProgress
from ...io.source import Source
from ...movie.movie import MOST_SHARED
from ...movie.nnr_track import NNR_SAMPLE_ENTRY
from ...movie.unit_groups import Descriptions, descriptions
from .findings import Findings

QUICKTIME = b"qt  "
"""Brand of QuickTime files, whose boxes differ from those of ISOBMFF."""


@dataclass
class CheckedTrack:
    """What is known of a track.

    Attributes:
        box: its `trak`.
        track_id: of `tkhd`; 0 where that cannot be read.
        timescale: of `mdhd`; 0 where that cannot be read.
        handler_type: of `hdlr`; empty where that cannot be read.
        entries: its sample entries.
        stbl: its sample table box, or None.
        samples: how many there are in `stbl`.
        delay: of the empty edit at its start, in ticks of the movie.
        media_time: where its first other edit starts, in ticks of the media.
        duration: of the samples in `stbl`, in ticks of the media.
        self_contained: whether its samples lie in the file.
    """

    box: Node
    track_id: int = 0
    timescale: int = 0
    handler_type: str = ""
    entries: list[Node] = field(default_factory=list)
    stbl: Node | None = None
    samples: int = 0
    delay: int = 0
    media_time: int = 0
    duration: int = 0
    self_contained: bool = True

    @cached_property
    def is_nnr(self) -> bool:
        """Whether it has a sample entry `nnr1`."""
        return any(entry.type == NNR_SAMPLE_ENTRY for entry in self.entries)

    @cached_property
    def has_descriptions(self) -> bool:
        """Whether there is a `stsd` that can be read."""
        return intact(self.stbl, b"stsd") is not None

    @cached_property
    def has_edits(self) -> bool:
        """Whether there is an edit list that can be read."""
        return intact(self.box, b"edts", b"elst") is not None

    @cached_property
    def described(self) -> Counter[bytes]:
        """How many descriptions of sample groups there are in `stbl`, by grouping type."""
        return count_descriptions(self.stbl)

    @cached_property
    def unit_descriptions(self) -> Descriptions:
        """The descriptions in `stbl` of groups in which units travel.

        Raises:
            NNRError: they are broken.
        """
        return descriptions(self.stbl) if self.stbl is not None else Descriptions()


class CheckedFile:
    """The file that is checked.

    Attributes:
        source: the bytes of all files, one after the other.
        most_bytes: that the samples of a network, or an item, may have.
        samples_left: bytes of samples of networks that are still looked at: where networks share
            samples, there may be any number.
        starts: where each file begins in them.
        findings: what has been found.
        boxes: headers of the top-level boxes.
        brands: of `ftyp`.
        moov: the movie box, or None.
        fragmented: whether the movie says that there are movie fragments.
        tracks: of the movie, in order.
    """

    def __init__(
        self,
        source: Source,
        starts: Sequence[int],
        findings: Findings,
        progress: Progress | None = None,
        limit: int | None = None,
    ) -> None:
        self._progress = progress
        self.source = source
        self.most_bytes = max(source.size, limit or 0)
        self.samples_left = MOST_SHARED * self.most_bytes
        self.starts = starts
        self.findings = findings
        self.boxes: list[BoxHeader] = []
        self.brands: frozenset[bytes] = frozenset()
        self.moov: Node | None = None
        self.fragmented = False
        self.tracks: list[CheckedTrack] = []
        self._by_id: dict[int, CheckedTrack] = {}
        self._starts_of_boxes: list[int] = []

    def begin(self, total: int) -> None:
        """Say that units of so many bytes will be checked."""
        if isinstance(self._progress, StepProgress):
            self._progress.begin("checking", total)

    def advance(self, count: int) -> None:
        """Say that units of so many bytes have been checked."""
        if self._progress is not None:
            self._progress(count)

    def file_start(self, offset: int) -> int:
        """Where the file that holds an offset begins."""
        return self.starts[bisect_right(self.starts, offset) - 1]

    def track(self, track_id: int) -> CheckedTrack | None:
        """The first track with a track_ID."""
        if len(self._by_id) == 0:
            for track in reversed(self.tracks):
                self._by_id[track.track_id] = track
        return self._by_id.get(track_id)

    @cached_property
    def timescale(self) -> int:
        """Ticks per second of the movie; 0 where that cannot be read."""
        mvhd = intact(self.moov, b"mvhd")
        return mvhd.integer("timescale") if mvhd is not None else 0

    def set_boxes(self, boxes: list[BoxHeader]) -> None:
        """Note the top-level boxes."""
        self.boxes = boxes
        self._starts_of_boxes = [header.offset for header in boxes]

    def box_at(self, offset: int) -> BoxHeader | None:
        """The top-level box that holds a byte."""
        index = bisect_right(self._starts_of_boxes, offset) - 1
        if index < 0 or self.boxes[index].end <= offset:
            return None
        return self.boxes[index]

    def media_fault(self, offset: int, size: int) -> str | None:
        """What is wrong with media data at a place; None where it lies in media data boxes."""
        if offset + size > self.source.size:
            return f"end at {offset + size}, the file at {self.source.size}"
        if not size:
            return None
        header = self.box_at(offset)
        if header is None:
            return f"begin at {offset}, in no box"
        if header.type not in MEDIA_DATA or offset < header.body_offset:
            return f"begin at {offset}, in the box {show_code(header.type)}"
        if offset + size > header.end:
            return f"end at {offset + size}, their mdat at {header.end}"
        return None


def count_descriptions(box: Node | None) -> Counter[bytes]:
    """How many descriptions of sample groups there are in a `stbl` or `traf`, by type."""
    found = Counter[bytes]()
    for sgpd in all_intact(box, b"sgpd"):
        found[sgpd.data("grouping_type")] += sgpd.count("entries")
    return found


def intact(node: Node | None, *codes: bytes) -> Node | None:
    """The first box at a path of types; None where one is missing or broken.

    That it is missing or broken is found by the rules about structure.
    """
    try:
        for code in codes:
            if node is None:
                return None
            node = node.find(code)
    except NNRError:
        return None
    return node


def all_intact(node: Node | None, code: bytes) -> list[Node]:
    """The child boxes of a type that are not broken."""
    found = []
    for child in node.children(code) if node is not None else ():
        try:
            found.append(child.check_intact())
        except NNRError:
            continue
    return found
