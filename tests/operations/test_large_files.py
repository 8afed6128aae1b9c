"""Models past 4 GiB, as sparse files.

Where no file system is at hand that shares blocks, a stand-in for the kernel's copying leaves the
holes of the source out.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import demux, mux
from pymp4_nnr.boxes.header import BoxHeader, walk_boxes
from pymp4_nnr.edit.new_track import HEADER_SIZE, MAX_MDAT_SIZE
from pymp4_nnr.io.kernel_copy import BLOCK_SIZE
from pymp4_nnr.io.source import open_source
from pymp4_nnr.movie.movie import Movie
from tests.filesystem.mounted import KINDS, mounted, used_bytes
from tests.filesystem.sparse import copy_sparse, same
from tests.nnr.large_streams import GIB, LARGEST_UNIT, MIB, sparse_model
from tests.outside.programs import need, run

ROOM = MAX_MDAT_SIZE - HEADER_SIZE
"""Bytes of samples that one `mdat` can hold."""


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
