"""The sizes and offsets at which a field or an `mdat` is full, without any large file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from pymp4_nnr.bitstream.unit_walk import walk
from pymp4_nnr.boxes import BOX
from pymp4_nnr.edit import bitstream_index
from pymp4_nnr.edit.bitstream_index import BitstreamIndex
from pymp4_nnr.edit.new_track import (
    HEADER_SIZE,
    MAX_MDAT_SIZE,
    Beside,
    Chunk,
    media_pieces,
    place_chunks,
    plan_chunks,
    track_box,
)
from pymp4_nnr.errors import LimitError, TruncatedUnitError
from pymp4_nnr.io.kernel_copy import BLOCK_SIZE
from pymp4_nnr.io.source import open_source
from tests.nnr.large_streams import LARGEST_UNIT, MIB, PARAMETERS, START, VirtualModel

ROOM = MAX_MDAT_SIZE - HEADER_SIZE
"""Bytes of samples that one `mdat` can hold."""


def planned(sizes: Sequence[int], start: int = 0, *, align: bool = False) -> list[Chunk]:
    index = BitstreamIndex(VirtualModel(sizes))
    return place_chunks(index, plan_chunks(index), start, align=align)


def test_an_mdat_is_filled_to_the_last_byte() -> None:
    (chunk,) = planned([LARGEST_UNIT, ROOM - LARGEST_UNIT])
    assert chunk.size + HEADER_SIZE == (1 << 32) - 1
    index = BitstreamIndex(VirtualModel([LARGEST_UNIT, ROOM - LARGEST_UNIT]))
    header = next(iter(media_pieces(index, [chunk])))
    assert header == b"\xff\xff\xff\xffmdat"


def test_one_byte_more_takes_a_second_mdat() -> None:
    sizes = [LARGEST_UNIT, ROOM - LARGEST_UNIT + 1, 3]
    assert [(c.first, c.last, c.size) for c in planned(sizes)] == [
        (0, 1, LARGEST_UNIT),
        (1, 3, ROOM - LARGEST_UNIT + 4),
    ]


def test_units_of_the_largest_size() -> None:
    chunks = planned([LARGEST_UNIT] * 5)
    # two of them are 4 GiB - 2 bytes, and leave no room for the header of the box
    assert [(chunk.first, chunk.last) for chunk in chunks] == [(n, n + 1) for n in range(5)]
    for before, after in itertools.pairwise(chunks):
        assert after.offset == before.offset + before.size + HEADER_SIZE


@pytest.mark.parametrize("count", [1, 2, 3, 4000, 5000, 9000])
def test_every_sample_is_in_one_mdat(count: int) -> None:
    sizes = [MIB + 13 * (n % 7) for n in range(count)]
    index = BitstreamIndex(VirtualModel(sizes))
    at = 0
    for first, last, size in plan_chunks(index):
        assert first == at < last
        assert size == sum(sizes[first:last]) <= ROOM
        assert last == count or size + sizes[last] > ROOM
        assert sum(piece.size for piece in index.ranges(first, last)) == size
        at = last
    assert at == count


def test_every_mdat_is_aligned() -> None:
    index = BitstreamIndex(VirtualModel([MIB + 1] * 9000))
    chunks = place_chunks(index, plan_chunks(index), 1234, align=True)
    assert len(chunks) == 3
    for chunk in chunks:
        (piece,) = index.ranges(chunk.first, chunk.last)
        assert (chunk.offset - piece.offset) % BLOCK_SIZE == 0
        assert chunk.padding < BLOCK_SIZE + HEADER_SIZE


def built(index: BitstreamIndex, chunks: list[Chunk], beside: Beside | None = None) -> Any:
    return BOX.parse(BOX.build(track_box(index, chunks, beside=beside or Beside())))


def find(box: Any, *path: bytes) -> Any:
    for code in path:
        box = next(inner for inner in box.children if inner.type == code)
    return box


STBL = (b"mdia", b"minf", b"stbl")


@pytest.mark.parametrize(
    ("offset", "code"), [((1 << 32) - 1, b"stco"), (1 << 32, b"co64"), (1 << 40, b"co64")]
)
def test_chunk_offsets_around_4_gib(offset: int, code: bytes) -> None:
    index = BitstreamIndex(VirtualModel([100, 200]))
    chunks = place_chunks(index, plan_chunks(index), offset - HEADER_SIZE, align=False)
    assert [chunk.offset for chunk in chunks] == [offset]
    table = find(built(index, chunks), *STBL, code)
    assert [row.chunk_offset for row in table.entries] == [offset]


def test_sample_sizes_up_to_the_largest() -> None:
    sizes = [LARGEST_UNIT, 3, LARGEST_UNIT - 1]
    index = BitstreamIndex(VirtualModel(sizes))
    chunks = place_chunks(index, plan_chunks(index), 0, align=False)
    stbl = find(built(index, chunks), *STBL)
    assert list(find(stbl, b"stsz").entry_sizes) == sizes
    assert len(find(stbl, b"stco").entries) == len(chunks) == 2


@pytest.mark.parametrize("days", [1, 49, 50, 10_000])
@pytest.mark.parametrize("movie_timescale", [1, 600, 1_000_000])
@pytest.mark.parametrize("count", [1, 1000])
def test_movies_of_many_days(days: int, movie_timescale: int, count: int) -> None:
    """A tick for each sample; a late start in a long movie takes 64 bits where needed."""
    duration = days * 86_400 * movie_timescale
    index = BitstreamIndex(VirtualModel([3] * count))
    start = Fraction(days * 86_400 - 1)
    trak = built(index, planned([3] * count), Beside(movie_timescale, duration, start))
    tkhd, mdhd = find(trak, b"tkhd"), find(trak, b"mdia", b"mdhd")
    delay = int(start) * movie_timescale
    shown = -(-count * movie_timescale // mdhd.timescale)
    assert tkhd.duration == delay + shown <= duration
    assert tkhd.version == int(delay + shown > 0xFFFFFFFF)
    (entry,) = find(trak, *STBL, b"stts").entries
    assert (entry.sample_count, entry.sample_delta) == (count, 1)
    assert mdhd.duration == count
    assert [edit.segment_duration for edit in find(trak, b"edts", b"elst").entries] == [
        delay,
        shown,
    ]


def test_units_of_nnrc_beyond_its_size_field(monkeypatch: pytest.MonkeyPatch) -> None:
    units = START + PARAMETERS
    needed = len(units) + 2 * 4  # with positions, should they be needed
    monkeypatch.setattr(bitstream_index, "MAX_CONFIGURATION_SIZE", needed)
    with open_source(units + bytes([0, 3, 5 << 2])) as source:
        assert len(BitstreamIndex(source).configuration) == 2
    with open_source(units + bytes([0, 3, 5 << 2]) + START) as source:
        with pytest.raises(LimitError, match="nnrC") as caught:
            BitstreamIndex(source)
        assert caught.value.unit_index == 3


def test_a_unit_of_the_largest_size_is_walked() -> None:
    source = VirtualModel([LARGEST_UNIT, LARGEST_UNIT])
    assert [row[1] for row in walk(source)] == [4, 6, LARGEST_UNIT, LARGEST_UNIT]
    source.size -= 1
    with pytest.raises(TruncatedUnitError):
        list(walk(source))
