"""What is written for an NNR track: its `trak`, and the `mdat`s with its samples."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from ..boxes.definitions.nnr import UnitList
from ..boxes.definitions.tensor_index import TENSOR_INDEX
from ..boxes.header import HEADER_SIZE, MAX_32, encode_header
from ..boxes.node import NewBox, build_box
from ..io.kernel_copy import BLOCK_SIZE
from ..io.ranges import Piece
from ..movie.nnr_track import UNITS_IN_GROUPS
from ..movie.timing import TIMESCALE
from .bitstream_index import BitstreamIndex
from .fragment_boxes import group_boxes
from .layout import Section
from .new_fragments import FragmentSize, NewFragments
from .offset_map import OffsetMap

TRACK_NAME = "Neural network (NNR)"
MAX_MDAT_SIZE = 0xFFFFFFFF
"""Bytes of the largest `mdat` with an ordinary 32-bit size, its header included."""

ALIGN_FROM = 1 << 20
"""Media data from this size on is padded to the alignment that it has in its source."""

_TRACK_ENABLED, _TRACK_IN_MOVIE = 1, 2
_NORMAL_RATE = {"media_rate_integer": 1, "media_rate_fraction": 0}


class TrackTimes(NamedTuple):
    """When a track is shown.

    Attributes:
        timescale: of the media, ticks per second; each sample lasts one tick.
        delay: in ticks of the movie.
        shown: how long it is shown, in ticks of the movie.
    """

    timescale: int
    delay: int
    shown: int


@dataclass(frozen=True)
class Beside:
    """The movie that a track is written into.

    Attributes:
        timescale: of the movie, ticks per second.
        duration: of its other tracks, in those ticks; 0 if there are none.
        start: seconds to the first sample of the other tracks.
    """

    timescale: int = TIMESCALE
    duration: int = 0
    start: Fraction = Fraction(0)

    def fit(self, count: int, timescale: int) -> TrackTimes:
        """When a track of `count` samples, each of one tick, is shown.

        It begins with the other tracks and does not outlast them: where fewer ticks than samples
        are left, the timescale is raised.
        """
        # Rounded up to milliseconds, which all readers can tell: never before the other tracks.
        delay = -(-math.ceil(self.start * 1000) * self.timescale // 1000)
        left = self.duration - delay
        if left <= 0 or not count:
            delay = 0
        else:
            timescale = min(max(timescale, -(-count * self.timescale // left)), MAX_32)
        return TrackTimes(timescale, delay, -(-count * self.timescale // timescale))


@dataclass(frozen=True)
class Chunk:
    """Samples that lie next to each other: one chunk of the track, and one `mdat`.

    Attributes:
        first, last: 0-based indices of the first sample, and of the one behind the last.
        size: bytes.
        padding: bytes of the `free` box before the `mdat`, 0 for none.
        offset: byte offset of the first sample in the file.
    """

    first: int
    last: int
    size: int
    padding: int
    offset: int


def plan_chunks(index: BitstreamIndex) -> list[tuple[int, int, int]]:
    """Divide the samples into (first, last, size), each as much as one `mdat` can hold."""
    chunks = []
    first = 0
    while first < len(index.sizes):
        last = index.fitting(first, MAX_MDAT_SIZE - HEADER_SIZE)
        chunks.append((first, last, index.start(last) - index.start(first)))
        first = last
    return chunks


def place_chunks(
    index: BitstreamIndex, plan: list[tuple[int, int, int]], start: int, *, align: bool
) -> list[Chunk]:
    """Place chunks from an offset of the file on, each in an `mdat`, padded where it pays."""
    media_size = sum(size for _, _, size in plan)
    chunks = []
    for first, last, size in plan:
        padding = 0
        if align and media_size >= ALIGN_FROM:
            wanted = next(index.ranges(first, last)).offset
            padding = (wanted - start - HEADER_SIZE) % BLOCK_SIZE
            if 0 < padding < HEADER_SIZE:
                padding += BLOCK_SIZE  # a box has no fewer bytes than its header
        offset = start + padding + HEADER_SIZE
        chunks.append(Chunk(first, last, size, padding, offset))
        start = offset + size
    return chunks


def media_pieces(index: BitstreamIndex, chunks: list[Chunk]) -> Iterator[Piece]:
    """The `free` and `mdat` boxes of placed chunks."""
    for chunk in chunks:
        if chunk.padding:
            yield build_box({"type": b"free", "data": bytes(chunk.padding - HEADER_SIZE)})
        yield encode_header(b"mdat", chunk.size)
        yield from index.ranges(chunk.first, chunk.last)


class NewTrack:
    """A track to write: what it holds, and where its samples come to lie.

    Args:
        index: the bitstream.
        name: of the handler.
        timescale: ticks per second of the media, at least.
        align: whether media data is padded to the alignment that it has in its source.
        fragment: size of the movie fragments that hold the samples; None: there are none.
        round_time: with it, rounds of training can be appended: the time of this one, in
            milliseconds since the start of 1970 in UTC, 0 if it is not known.

    Attributes:
        media: the `mdat` boxes, a section of the new file; with `fragment`, empty.
        fragments: the movie fragments with the samples; None without `fragment`.
    """

    def __init__(
        self,
        index: BitstreamIndex,
        name: str = TRACK_NAME,
        timescale: int = TIMESCALE,
        *,
        align: bool = True,
        fragment: FragmentSize | None = None,
        round_time: int | None = None,
    ) -> None:
        self.round_time = round_time
        self.index = index
        self.media = NewMedia(index, align=align, empty=fragment is not None)
        self.fragments = NewFragments(index, fragment) if fragment else None
        if self.fragments is not None:
            self.fragments.round_time = round_time
        self.name = name
        self.timescale = timescale

    def box(self, track_id: int, beside: Beside, describes: int | None = None) -> NewBox:
        """The `trak` in a movie, with the samples where `media` was placed last."""
        return track_box(
            self.index,
            self.media.chunks,
            track_id=track_id,
            name=self.name,
            timescale=self.timescale,
            beside=beside,
            describes=describes,
            fragmented=self.fragments is not None,
            round_time=self.round_time,
        )

    def duration(self, beside: Beside) -> int:
        """Duration in `tkhd`, in ticks of the movie."""
        times = beside.fit(len(self.index.sizes), self.timescale)
        return times.delay + times.shown


class NewMedia(Section):
    """The samples of a new track in `mdat` boxes, each with the padding before it."""

    def __init__(self, index: BitstreamIndex, *, align: bool, empty: bool = False) -> None:
        super().__init__()
        self._index = index
        self._align = align
        self._plan = [] if empty else plan_chunks(index)
        self.chunks: list[Chunk] = []

    def place(self, start: int, *, padded: bool) -> None:
        self.chunks = place_chunks(self._index, self._plan, start, align=self._align and padded)

    def build(self, start: int, move: OffsetMap) -> list[Piece]:
        return list(media_pieces(self._index, self.chunks))


def file_type(*more: bytes) -> bytes:
    """The `ftyp` of a file with NNR tracks and nothing else; `more` are more compatible brands."""
    return build_box(
        {
            "type": b"ftyp",
            "major_brand": b"isom",
            "minor_version": 512,
            "compatible_brands": [b"isom", b"iso6", b"mp42", *more],
        }
    )


def track_box(
    index: BitstreamIndex,
    chunks: list[Chunk],
    *,
    track_id: int = 1,
    name: str = TRACK_NAME,
    timescale: int = TIMESCALE,
    beside: Beside,
    describes: int | None = None,
    fragmented: bool = False,
    round_time: int | None = None,
    streamed: bool = False,
) -> NewBox:
    """The `trak` of an NNR track (docs/format.md; ISO/IEC 14496-12, 8.3 to 8.8).

    Args:
        index: the bitstream.
        chunks: where its samples are in the file.
        track_id: `track_ID`, at least 1.
        name: of the handler.
        timescale: ticks per second of the media, at least.
        beside: the movie that the track is in.
        describes: track_ID that the track describes (`tref` of type `cdsc`); None: none.
        fragmented: whether the samples lie in movie fragments: then `moov` holds none, and tells
            no durations.
        round_time: of the round that the samples are; None: none is marked.
        streamed: whether units that are not known yet may follow in sample groups.
    """
    count = len(index.sizes)
    timescale, delay, shown = beside.fit(count, timescale)
    if fragmented:
        count = shown = 0
    duration = 0 if fragmented else delay + shown
    large = any(chunk.offset > 0xFFFFFFFF for chunk in chunks)
    boxes: list[NewBox] = [
        {
            "type": b"tkhd",
            "version": int(duration > MAX_32),
            "flags": _TRACK_ENABLED | _TRACK_IN_MOVIE,
            "track_ID": track_id,
            "duration": duration,
        }
    ]
    if describes is not None:
        reference = {"type": b"cdsc", "track_IDs": [describes]}
        boxes.append({"type": b"tref", "children": [reference]})
    if delay:
        # the network is there from the first frame on, and not before it: a track that starts
        # earlier than all others would shift them for players that count from the first sample
        edits = [
            {"segment_duration": delay, "media_time": -1, **_NORMAL_RATE},
            {"segment_duration": shown, "media_time": 0, **_NORMAL_RATE},
        ]
        elst = {"type": b"elst", "version": int(delay + shown > MAX_32), "entries": edits}
        boxes.append({"type": b"edts", "children": [elst]})
    sample_tables: list[NewBox] = [
        {"type": b"stsd", "entries": [sample_entry(index, streamed=streamed)]},
        {
            "type": b"stts",
            "entries": [{"sample_count": count, "sample_delta": 1}] if count else [],
        },
    ]
    if index.dependent and not fragmented:
        sample_tables.append({"type": b"stss", "entries": index.sync_samples})
    sample_tables += [
        {"type": b"stsc", "entries": list(_samples_to_chunks(chunks))},
        {
            "type": b"stsz",
            "version": 0,
            "sample_size": 0,
            "sample_count": count,
            "entry_sizes": [] if fragmented else index.sizes,
        },
        {
            "type": b"co64" if large else b"stco",
            "entries": array("Q", (chunk.offset for chunk in chunks)),
        },
    ]
    if round_time is not None and count:
        sample_tables += group_boxes(count, {}, round_time=round_time, in_fragment=False)
    media_information = [
        {"type": b"nmhd"},
        {
            "type": b"dinf",
            "children": [
                {
                    "type": b"dref",
                    "data_entries": [
                        {"type": b"url", "flags": {"self_contained": True}, "location": None}
                    ],
                }
            ],
        },
        {"type": b"stbl", "children": sample_tables},
    ]
    media = [
        {
            "type": b"mdhd",
            "version": int(count > MAX_32),
            "creation_time": 0,
            "modification_time": 0,
            "timescale": timescale,
            "duration": count,
            "language": "und",
        },
        {"type": b"hdlr", "handler_type": b"meta", "name": name},
        {"type": b"minf", "children": media_information},
    ]
    return {"type": b"trak", "children": [*boxes, {"type": b"mdia", "children": media}]}


def sample_entry(index: BitstreamIndex, *, streamed: bool = False) -> NewBox:
    """The sample entry `nnr1` with its `nnrC`, and the index of tensors if there is one."""
    units = UnitList(index.configuration, with_positions=index.positions_needed)
    configuration: dict[str, object] = {"type": b"nnrC", "units": units}
    if streamed:
        configuration["flags"] = UNITS_IN_GROUPS
    boxes: list[object] = [configuration]
    if index.tensors is not None:
        boxes.append(
            {"type": b"uuid", "extended_type": TENSOR_INDEX, "data": index.tensors._asdict()}
        )
    return {"format": b"nnr1", "children": boxes}


def _samples_to_chunks(chunks: list[Chunk]) -> Iterator[dict[str, int]]:
    before = None
    for number, chunk in enumerate(chunks, 1):
        count = chunk.last - chunk.first
        if count != before:
            yield {
                "first_chunk": number,
                "samples_per_chunk": count,
                "sample_description_index": 1,
            }
        before = count
