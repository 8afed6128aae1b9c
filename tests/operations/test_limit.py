"""`limit`: files that have bytes once and refer to them many times, and mean it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import NNRError, demux, remove, verify
from pymp4_nnr import open as open_network
from pymp4_nnr.operations.extract import extract
from pymp4_nnr.operations.inspect import FileInfo
from scripts.make_broken import moof, tfhd, trun
from tests.cli.command import assert_fails, call
from tests.mp4.boxes import box, full, table, u8, u16, u32
from tests.mp4.networks import network
from tests.mp4.write import movie, trex
from tests.nnr.streams import PARAMETERS, START, unit
from tests.round_trip import Pipe

NDU = unit(5, bytes(500))
COUNT = 100
SHARED = START + PARAMETERS + NDU * COUNT
"""The bitstream of a network whose samples are one."""


def shared_chunks() -> bytes:
    """Each sample is a chunk of its own, and all of them lie at the same place."""

    def file(place: int) -> bytes:
        plan = network(1, samples=[])
        sizes = full(b"stsz", 0, 0, u32(0, COUNT), u32(len(NDU)) * COUNT)
        offsets = full(b"stco", 0, 0, u32(COUNT), u32(place) * COUNT)
        times = table(b"stts", (COUNT, 1))
        head = movie([plan], moov_first=True, mdat=None)
        for code, new in (
            (b"stts", times),
            (b"stsc", table(b"stsc", (1, 1, 1))),
            (b"stsz", sizes),
            (b"stco", offsets),
        ):
            head = replaced(head, code, new)
        return head + box(b"mdat", NDU)

    return file(len(file(0)) - len(NDU))


def replaced(head: bytes, code: bytes, new: bytes) -> bytes:
    """A file with another box of a type, of which there is one; its parents grow."""
    at = head.index(code) - 4
    size = int.from_bytes(head[at : at + 4])
    more = len(new) - size
    data = bytearray(head[:at] + new + head[at + size :])
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        place = data.index(parent) - 4
        data[place : place + 4] = u32(int.from_bytes(data[place : place + 4]) + more)
    return bytes(data)


def shared_run() -> bytes:
    """The samples of many fragments lie at the same place."""
    head = movie([network(1, samples=[])], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None)

    def moofs(place: int) -> bytes:
        data = b""
        for number in range(COUNT):
            run = trun(1, offset=place - len(head) - len(data), sizes=[len(NDU)])
            data += moof(tfhd(1) + run, number=number + 1)
        return data

    return head + moofs(len(head) + len(moofs(0)) + 8) + box(b"mdat", NDU)


MADE = {"chunks": shared_chunks, "fragments": shared_run}


@pytest.fixture(params=list(MADE))
def file(request: Any) -> bytes:
    return MADE[request.param]()


def read(file: bytes, **options: Any) -> bytes:
    target = io.BytesIO()
    demux(file, target, **options)
    return target.getvalue()


def test_it_is_restored_where_the_limit_allows_it(file: bytes, tmp_path: Path) -> None:
    assert len(SHARED) > len(file)
    with pytest.raises(NNRError, match=r"limit \(--limit\) raises that") as caught:
        read(file)
    assert caught.value.code == "samples-overlap"
    with pytest.raises(NNRError):
        read(file, limit=len(NDU) * COUNT - 1)
    for limit in (len(NDU) * COUNT, 1 << 30):
        assert read(file, limit=limit) == SHARED
    assert verify(file, SHARED, limit=1 << 30) is None
    with open_network(file, limit=1 << 30) as opened:
        assert b"".join(one.data for one in opened.networks[0].units) == SHARED
    target = io.BytesIO()
    extract(file, target, samples=[COUNT], limit=1 << 30)
    assert target.getvalue() == NDU


def test_what_is_left_can_be_removed(file: bytes) -> None:
    target = io.BytesIO()
    remove(file, target, limit=1 << 30)
    assert NDU not in target.getvalue()


def test_the_commands(file: bytes, tmp_path: Path) -> None:
    path, original = tmp_path / "in.mp4", tmp_path / "in.nnr"
    path.write_bytes(file)
    original.write_bytes(SHARED)
    target = tmp_path / "out.nnr"
    assert_fails(call("demux", path, "-o", target), "--limit")
    assert call("demux", path, "-o", target, "--limit", "1MiB").exit_code == 0
    assert target.read_bytes() == SHARED
    assert call("verify", path, "--against", original, "--limit", "1MiB").exit_code == 0
    assert_fails(call("info", path), "--limit")
    assert str(COUNT) in call("info", path, "--limit", "1MiB").stdout


def test_units_that_samples_share() -> None:
    """A group of 5 MiB for each of 20 samples."""
    large = unit(9, bytes(5 << 20), long=True)
    sgpd = full(b"sgpd", 1, 0, b"nnru", u32(0, 1, 1 + len(large)), b"\0" + large)
    sbgp = full(b"sbgp", 0, 0, b"nnru", u32(1, 20, 1))
    plan = network(1, samples=[NDU] * 20, per_chunk=20, more=lambda _: sgpd + sbgp)
    data = movie([plan], moov_first=True)
    with pytest.raises(NNRError, match="--limit") as caught:
        read(data)
    assert caught.value.code == "repeats-exceed-file"
    expected = START + PARAMETERS + (large + NDU) * 20
    assert read(data, limit=100 << 20 | 1 << 10) == expected
    assert demux(Pipe(data), io.BytesIO(), limit=1 << 30) == len(expected)


def test_items_whose_parts_are_the_same() -> None:
    item = b"part" * 100

    def file(place: int) -> bytes:
        extents = u32(place, len(item)) * COUNT
        places = full(b"iloc", 1, 0, u8(0x44, 0), u16(1), u16(1, 0, 0, COUNT), extents)
        entry = full(b"infe", 2, 0, u16(1, 0), b"nnr1", b"\0")
        listed = full(b"iinf", 0, 0, u16(1), entry)
        handler = full(b"hdlr", 0, 0, u32(0), b"null", bytes(13))
        meta = full(b"meta", 0, 0, handler, listed, places)
        return movie([network(2)], after=meta + box(b"mdat", item))

    data = file(len(file(0)) - len(item))
    with pytest.raises(NNRError, match="--limit") as caught:
        read(data, item_id=1)
    assert caught.value.code == "repeats-exceed-file"
    assert read(data, item_id=1, limit=len(item) * COUNT) == item * COUNT
    with FileInfo(data, limit=len(item) * COUNT) as info:
        assert info.items[0].size == len(item) * COUNT
