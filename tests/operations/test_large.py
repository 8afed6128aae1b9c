"""Models past 4 GiB, and the sizes and offsets at which a field is full.

Sparse files stand for large ones. Where no file system is at hand that shares blocks, a stand-in
for the kernel's copying leaves the holes of the source out.
"""

from __future__ import annotations

import bisect
import itertools
import json
import os
import struct
import subprocess
import sys
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import Movie, demux, mux
from pymp4_nnr.bitstream import walk
from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.header import BoxHeader, walk_boxes
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
from pymp4_nnr.io.output import BLOCK_SIZE
from pymp4_nnr.io.source import Source, open_source
from tests.filesystem.mounted import KINDS, mounted, used_bytes
from tests.filesystem.sparse import copy_sparse, same
from tests.nnr.large_streams import GIB, PARAMETERS, START, ndu_head, sparse_model

from ..outside.readers import need, run

MIB = 1 << 20
LARGEST_UNIT = (1 << 31) - 1
ROOM = MAX_MDAT_SIZE - HEADER_SIZE
"""Bytes of samples that one `mdat` can hold."""


class VirtualModel(Source):
    """A bitstream of a start, parameters and NDUs of given sizes, of which no byte is stored."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._heads = [START + PARAMETERS, *map(ndu_head, sizes)]
        lengths = [len(self._heads[0]), *sizes]
        self._starts = list(itertools.accumulate(lengths, initial=0))
        self.size = self._starts.pop()

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        data = bytearray(size)
        for unit in range(
            bisect.bisect_right(self._starts, offset) - 1,
            bisect.bisect_left(self._starts, offset + size),
        ):
            at, head = self._starts[unit], self._heads[unit]
            start = max(at, offset)
            part = head[start - at : offset + size - at]
            data[start - offset : start - offset + len(part)] = part
        return bytes(data)


def planned(sizes: Sequence[int], start: int = 0, *, align: bool = False) -> list[Chunk]:
    index = BitstreamIndex(VirtualModel(sizes))
    return place_chunks(index, plan_chunks(index), start, align=align)


# --- mdats ----------------------------------------------------------------------------------------


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


# --- fields ---------------------------------------------------------------------------------------


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
    """Durations take 64 bits where needed; that of a sample has 32, whatever happens."""
    duration = days * 86_400 * movie_timescale
    index = BitstreamIndex(VirtualModel([3] * count))
    trak = built(index, planned([3] * count), Beside(movie_timescale, duration))
    tkhd, mdhd = find(trak, b"tkhd"), find(trak, b"mdia", b"mdhd")
    assert tkhd.duration == duration
    assert tkhd.version == int(duration > 0xFFFFFFFF)
    entries = find(trak, *STBL, b"stts").entries
    assert sum(row.sample_count for row in entries) == count
    assert sum(row.sample_count * row.sample_delta for row in entries) == mdhd.duration
    lasts = mdhd.duration / mdhd.timescale
    assert days * 86_400 <= lasts < days * 86_400 + 1


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


# --- sparse files ---------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["stand-in", *KINDS])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder where copying a sparse file takes no time."""
    if not hasattr(os, "copy_file_range") or not hasattr(os, "SEEK_DATA"):
        pytest.skip("this system cannot copy sparse files")
    folder = tmp_path_factory.mktemp(request.param)
    if request.param in KINDS:
        with mounted(request.param, folder) as place:
            yield place
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "copy_file_range", copy_sparse)
        yield folder


def boxes(path: Path) -> list[BoxHeader]:
    with open_source(path) as source:
        return list(walk_boxes(source))


def stock_walk(path: Path) -> dict[str, Any]:
    """What pymp4 without this package makes of a file: its boxes by their headers, and `moov`."""
    code = """if True:
        import collections, collections.abc, json, sys
        collections.Sequence = collections.abc.Sequence
        from construct import Int32ub
        from pymp4.parser import Box
        from pymp4.util import BoxUtil
        found, offsets = [], []
        with open(sys.argv[1], "rb") as file:
            while head := file.read(8):
                size, kind = Int32ub.parse(head[:4]), head[4:].decode()
                start = file.tell() - 8
                found.append([kind, start, size])
                if kind != "mdat":
                    file.seek(start)
                    box = Box.parse(file.read(size))
                    if kind == "moov":
                        for name in (b"stco", b"co64"):
                            for table in BoxUtil.find(box, name):
                                offsets += [row.chunk_offset for row in table.entries]
                file.seek(start + size)
        assert "pymp4_nnr" not in sys.modules
        print(json.dumps({"boxes": found, "offsets": offsets}))
    """
    done = subprocess.run(
        [sys.executable, "-c", code, path], check=True, capture_output=True, text=True
    )
    walked: dict[str, Any] = json.loads(done.stdout)
    return walked


def ffprobe_packets(path: Path, interval: str) -> list[dict[str, Any]]:
    """The packets in an interval, as ffprobe reads them; the others are not read."""
    command = [need("ffprobe"), "-v", "error", "-show_packets", "-read_intervals", interval]
    packets: list[dict[str, Any]] = json.loads(run([*command, "-of", "json", path]))["packets"]
    return packets


def test_nine_gib(place: Path) -> None:
    """A model of 9 GiB in units of a MiB; every reader finds every sample."""
    model = sparse_model(place / "nine.nnr", [MIB] * (9 << 10))
    movie, restored = place / "nine.mp4", place / "nine.out"
    used = used_bytes(place)
    mux(model, movie)
    demux(movie, restored)
    assert same(model, restored)
    assert used_bytes(place) - used < 200 * MIB  # a block for the head of each unit, twice
    data = [box for box in boxes(movie) if box.type == b"mdat"]
    assert len(data) == 3
    assert all(box.size_form is None and box.size <= 0xFFFFFFFF for box in data)
    with Movie(movie) as opened:
        samples = opened.track().samples
        last_offset = samples.offsets[-1]
        assert samples.sizes == array("I", [MIB] * (9 << 10))
        assert len(samples.runs) == 3
    walked = stock_walk(movie)
    assert walked["boxes"][-1][1] + walked["boxes"][-1][2] == movie.stat().st_size
    assert walked["offsets"] == [box.body_offset for box in data]
    assert walked["offsets"][-1] > 1 << 32
    *_, last = ffprobe_packets(movie, "9.2%")  # seconds: a sample lasts a millisecond
    assert (int(last["pts"]), int(last["pos"]), int(last["size"])) == (9215, last_offset, MIB)
    for path in (model, movie, restored):
        path.unlink()


def test_units_of_2_gib_fill_an_mdat(place: Path) -> None:
    sizes = [LARGEST_UNIT, ROOM - LARGEST_UNIT, LARGEST_UNIT, 3, 70_000]
    model = sparse_model(place / "full.nnr", sizes)
    movie, restored = place / "full.mp4", place / "full.out"
    mux(model, movie)
    demux(movie, restored)
    assert same(model, restored)
    assert [box.size for box in boxes(movie) if box.type == b"mdat"] == [
        (1 << 32) - 1,
        HEADER_SIZE + LARGEST_UNIT + 70_003,
    ]
    with Movie(movie) as opened:
        units = [unit for unit, sample in opened.track().units() if sample]
        assert [unit.size for unit in units] == sizes
        assert units[2].read(0, 5) == struct.pack(">I", 1 << 31 | LARGEST_UNIT) + bytes([0x16])
    for path in (model, movie, restored):
        path.unlink()


def test_every_gib_is_copied_in_whole_blocks(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shared and what is copied: only the ends of each `mdat` are no whole blocks."""
    calls = []
    copy = os.copy_file_range

    def spy(source: int, target: int, count: int, offset: int, position: int) -> int:
        calls.append((count, offset, position))
        return copy(source, target, count, offset, position)

    model = sparse_model(place / "five.nnr", [10 * MIB + 1] * 512)
    monkeypatch.setattr(os, "copy_file_range", spy)
    mux(model, place / "five.mp4")
    demux(place / "five.mp4", place / "five.out")
    monkeypatch.undo()
    odd = [call for call in calls if any(number % BLOCK_SIZE for number in call)]
    assert sum(count for count, *_ in odd) < 16 * BLOCK_SIZE
    assert sum(count for count, *_ in calls) > 2 * 5 * GIB
    for name in ("five.nnr", "five.mp4", "five.out"):
        (place / name).unlink()
