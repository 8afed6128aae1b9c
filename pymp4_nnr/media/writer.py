"""Writing NNR tracks: a bitstream into an MP4 file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..bitstream import Source, SourceLike, open_source
from ..boxes import BOX
from ..errors import LimitError
from .bitstream_index import BitstreamIndex
from .pieces import BLOCK_SIZE, Piece, Progress, TargetLike, check_target, write_pieces

TRACK_NAME = "Neural network (NNR)"
TIMESCALE = 1000
MAX_MDAT_SIZE = 0xFFFFFFFF
"""Bytes of the largest `mdat` with an ordinary 32-bit size, its header included."""

ALIGN_FROM = 1 << 20
"""Media data from this size on is padded to the alignment that it has in its source."""

HEADER_SIZE = 8
"""Bytes of the header of a box."""

_TRACK_ENABLED, _TRACK_IN_MOVIE = 1, 2
_MAX_32 = 0xFFFFFFFF


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
    first = size = 0
    for sample, bytes_ in enumerate(index.sizes):
        if size + bytes_ > MAX_MDAT_SIZE - HEADER_SIZE:
            chunks.append((first, sample, size))
            first, size = sample, 0
        size += bytes_
    if index.sizes:
        chunks.append((first, len(index.sizes), size))
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
            yield BOX.build({"type": b"free", "data": bytes(chunk.padding - HEADER_SIZE)})
        yield (HEADER_SIZE + chunk.size).to_bytes(4) + b"mdat"
        yield from index.ranges(chunk.first, chunk.last)


def media_size(chunks: list[Chunk]) -> int:
    """Bytes of the boxes that `media_pieces` gives."""
    return sum(chunk.padding + HEADER_SIZE + chunk.size for chunk in chunks)


def file_type() -> dict[str, Any]:
    """The `ftyp` of a file with NNR tracks alone."""
    return {
        "type": b"ftyp",
        "major_brand": b"isom",
        "minor_version": 512,
        "compatible_brands": [b"isom", b"iso6", b"mp42"],
    }


def movie_header(duration: int, timescale: int, next_track_id: int) -> dict[str, Any]:
    """`mvhd`; the duration is in ticks of the timescale."""
    return {
        "type": b"mvhd",
        "version": int(duration > _MAX_32),
        "timescale": timescale,
        "duration": duration,
        "next_track_ID": next_track_id,
    }


def track_box(
    index: BitstreamIndex,
    chunks: list[Chunk],
    *,
    track_id: int = 1,
    name: str = TRACK_NAME,
    timescale: int = TIMESCALE,
    movie_duration: int | None = None,
    movie_timescale: int = TIMESCALE,
    describes: int | None = None,
) -> dict[str, Any]:
    """The `trak` of an NNR track (format notes in the README, ISO/IEC 14496-12, 8.3 to 8.8).

    Args:
        index: the bitstream.
        chunks: where its samples are in the file.
        track_id: `track_ID`, at least 1.
        name: of the handler.
        timescale: ticks per second of the media.
        movie_duration: duration of the movie in its own ticks, which the track is stretched to
            by its last sample; None: each sample lasts one tick and no more.
        movie_timescale: ticks per second of the movie.
        describes: track_ID that the track describes (`tref` of type `cdsc`); None: none.
    """
    count = len(index.sizes)
    duration = count
    if movie_duration is not None and count:
        # rounded up: the track must not end before the movie
        duration = max(count, -(-movie_duration * timescale // movie_timescale))
    last = duration - count + 1
    times = [(count - 1, 1), (1, last)] if last > 1 else [(count, 1)]
    track_duration = -(-duration * movie_timescale // timescale)
    large = any(chunk.offset > 0xFFFFFFFF for chunk in chunks)
    boxes: list[dict[str, Any]] = [
        {
            "type": b"tkhd",
            "version": int(track_duration > _MAX_32),
            "flags": _TRACK_ENABLED | _TRACK_IN_MOVIE,
            "track_ID": track_id,
            "duration": track_duration,
        }
    ]
    if describes is not None:
        reference = {"type": b"cdsc", "track_IDs": [describes]}
        boxes.append({"type": b"tref", "children": [reference]})
    sample_tables = [
        {"type": b"stsd", "entries": [sample_entry(index)]},
        {
            "type": b"stts",
            "entries": [
                {"sample_count": samples, "sample_delta": delta}
                for samples, delta in times
                if samples
            ],
        },
    ]
    if index.dependent:
        sample_tables.append(
            {"type": b"stss", "entries": [{"sample_number": n} for n in index.sync_samples]}
        )
    sample_tables += [
        {"type": b"stsc", "entries": list(_samples_to_chunks(chunks))},
        {
            "type": b"stsz",
            "version": 0,
            "sample_size": 0,
            "sample_count": count,
            "entry_sizes": index.sizes,
        },
        {
            "type": b"co64" if large else b"stco",
            "entries": [{"chunk_offset": chunk.offset} for chunk in chunks],
        },
    ]
    media_information = [
        {"type": b"nmhd"},
        {
            "type": b"dinf",
            "children": [
                {
                    "type": b"dref",
                    "data_entries": [
                        {"type": b"url ", "flags": {"self_contained": True}, "location": None}
                    ],
                }
            ],
        },
        {"type": b"stbl", "children": sample_tables},
    ]
    media = [
        {
            "type": b"mdhd",
            "version": int(duration > _MAX_32),
            "creation_time": 0,
            "modification_time": 0,
            "timescale": timescale,
            "duration": duration,
            "language": "und",
        },
        {"type": b"hdlr", "handler_type": b"meta", "name": name},
        {"type": b"minf", "children": media_information},
    ]
    return {"type": b"trak", "children": [*boxes, {"type": b"mdia", "children": media}]}


def sample_entry(index: BitstreamIndex) -> dict[str, Any]:
    """The sample entry `nnr1` with its `nnrC`."""
    units: list[Any]
    if index.positions_needed:
        units = [{"sample_position": at, "data": data} for at, data in index.configuration]
    else:
        units = [data for _, data in index.configuration]
    return {"format": b"nnr1", "children": [{"type": b"nnrC", "units": units}]}


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


def build(box: dict[str, Any]) -> bytes:
    """Build a box whose size must fit 32 bits.

    Raises:
        LimitError: it does not.
    """
    data: bytes = BOX.build(box)
    if len(data) > 0xFFFFFFFF:
        name = box["type"].decode("latin-1")
        raise LimitError("the box passes 4 GiB", box_path=name)
    return data


def file_pieces(
    index: BitstreamIndex, *, name: str, timescale: int, align: bool
) -> Iterator[Piece]:
    """The whole file: `ftyp`, `moov`, media data."""
    header = build(file_type())
    plan = plan_chunks(index)

    def movie(start: int) -> tuple[bytes, list[Chunk]]:
        chunks = place_chunks(index, plan, start, align=align)
        track = track_box(index, chunks, name=name, timescale=timescale)
        duration = len(index.sizes)
        moov = {"type": b"moov", "children": [movie_header(duration, timescale, 2), track]}
        return build(moov), chunks

    start = len(header)
    moov, chunks = movie(start)
    while start != len(header) + len(moov):  # the size of moov depends on the size of offsets
        start = len(header) + len(moov)
        moov, chunks = movie(start)
    yield header + moov
    yield from media_pieces(index, chunks)


def mux(
    source: SourceLike | Source,
    target: TargetLike,
    *,
    name: str = TRACK_NAME,
    timescale: int = TIMESCALE,
    align: bool = True,
    overwrite: bool = True,
    progress: Progress | None = None,
) -> int:
    """Write an NNR bitstream into an MP4 file: one track, one sample per NNR_NDU.

    The same input gives the same bytes.

    Args:
        source: the bitstream: a path, a buffer or a binary file object.
        target: the file to write, which appears when it is whole; or a binary file object.
        name: name of the track (`hdlr`).
        timescale: ticks per second; each sample lasts one tick.
        align: pad media data of 1 MiB and more so that it has the same offset modulo 4096 as in
            the source, and file systems that share blocks need not copy it.
        overwrite: whether a target that exists may be replaced.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        BitstreamError: the source is not an NNR bitstream.
        LimitError: the configuration units pass 4 GiB.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    with open_source(source) as opened:
        check_target(target, overwrite=overwrite, inputs=[opened])
        index = BitstreamIndex(opened)
        pieces = file_pieces(index, name=name, timescale=timescale, align=align)
        return write_pieces(pieces, target, overwrite=overwrite, inputs=[opened], progress=progress)
