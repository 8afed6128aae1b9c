"""Movies that contradict themselves, are cut, or are none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pymp4_nnr import NNRError, demux, errors, verify
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import (
    STBL,
    Box,
    Change,
    forge,
    full_box,
    patched,
    read_boxes,
    replaced,
    table,
    write_boxes,
)
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START
from tests.paths import ROOT
from tests.round_trip import muxed


def nnrc(*parts: bytes, version: int = 0, flags: int = 0) -> Change:
    box = full_box(b"nnrC", *parts, version=version, flags=flags)
    return replaced(f"{STBL}/stsd/nnr1/nnrC", box)


def stsd_entries(*entries: Box, count: int | None = None) -> Change:
    count = len(entries) if count is None else count
    return replaced(f"{STBL}/stsd", Box(b"stsd", u32(0, count), list(entries)))


GOOD = full_box(b"nnrC", START, PARAMETERS)
ENTRY = Box(b"nnr1", bytes(6) + u16(1), [GOOD])
P = f"{STBL}/"
TABLES = errors.SampleTableError
TRACK = errors.TrackError

FORGED: dict[str, tuple[Change, type[NNRError]]] = {
    # sizes
    "stsz counts one too many": (patched(P + "stsz", 8, u32(5)), TABLES),
    "stsz counts 2^32 - 1": (patched(P + "stsz", 8, u32(0xFFFFFFFF)), TABLES),
    "stsz counts one too few": (patched(P + "stsz", 8, u32(3)), TABLES),
    "stsz counts none": (patched(P + "stsz", 8, u32(0)), TABLES),
    "stsz cut": (replaced(P + "stsz", full_box(b"stsz", u32(0))), TABLES),
    "no stsz": (replaced(P + "stsz", None), TABLES),
    "one size for 2^32 - 1": (patched(P + "stsz", 4, u32(1, 0xFFFFFFFF)), TABLES),
    "one size too large": (patched(P + "stsz", 4, u32(0xFFFFFFFF, 4)), TABLES),
    "a sample past the end": (patched(P + "stsz", 24, u32(17)), TABLES),
    "a sample of 4 GiB": (patched(P + "stsz", 24, u32(0xFFFFFFFF)), TABLES),
    # chunks
    "stsc empty": (replaced(P + "stsc", table(b"stsc")), TABLES),
    "stsc counts 2^32 - 1": (patched(P + "stsc", 4, u32(0xFFFFFFFF)), TABLES),
    "no stsc": (replaced(P + "stsc", None), TABLES),
    "stsc begins with chunk 2": (patched(P + "stsc", 8, u32(2)), TABLES),
    "stsc begins with chunk 0": (patched(P + "stsc", 8, u32(0)), TABLES),
    "stsc holds fewer samples": (patched(P + "stsc", 12, u32(3)), TABLES),
    "stsc holds more samples": (patched(P + "stsc", 12, u32(5)), TABLES),
    "stsc holds 2^32 - 1 samples": (patched(P + "stsc", 12, u32(0xFFFFFFFF)), TABLES),
    "stsc holds no samples": (patched(P + "stsc", 12, u32(0)), TABLES),
    "stsc goes back": (
        replaced(P + "stsc", table(b"stsc", (1, 4, 1), (1, 4, 1))),
        TABLES,
    ),
    "no description 0": (patched(P + "stsc", 16, u32(0)), TABLES),
    "no description 2": (patched(P + "stsc", 16, u32(2)), TABLES),
    "no description 2^32 - 1": (patched(P + "stsc", 16, u32(0xFFFFFFFF)), TABLES),
    "no stco": (replaced(P + "stco", None), TABLES),
    "stco empty": (replaced(P + "stco", table(b"stco")), TABLES),
    "stco counts 2^32 - 1": (patched(P + "stco", 4, u32(0xFFFFFFFF)), TABLES),
    "stco cut": (replaced(P + "stco", Box(b"stco", u32(0))), TABLES),
    "a chunk outside the file": (patched(P + "stco", 8, u32(0xFFFFFFFF)), TABLES),
    "a chunk at 2^64 - 1": (
        replaced(P + "stco", full_box(b"co64", u32(1), struct.pack(">Q", (1 << 64) - 1))),
        TABLES,
    ),
    "a chunk at 2^63": (
        replaced(P + "stco", full_box(b"co64", u32(1), struct.pack(">Q", 1 << 63))),
        TABLES,
    ),
    # boxes that are not there
    "no stbl": (replaced(STBL, None), TRACK),
    "no mdia": (replaced("trak/mdia", None), TRACK),
    "no tkhd": (replaced("trak/tkhd", None), TABLES),
    "no mdhd": (replaced("trak/mdia/mdhd", None), TABLES),
    "no hdlr": (replaced("trak/mdia/hdlr", None), TABLES),
    "no trak": (replaced("trak", None), TRACK),
    "mdhd cut": (replaced("trak/mdia/mdhd", full_box(b"mdhd", u32(0))), TABLES),
    "tkhd cut": (replaced("trak/tkhd", full_box(b"tkhd", u32(0))), TABLES),
    "hdlr cut": (replaced("trak/mdia/hdlr", full_box(b"hdlr")), TABLES),
    # sample entries
    "no nnr1": (stsd_entries(), TRACK),
    "another entry": (stsd_entries(Box(b"abcd", bytes(6) + u16(1))), TRACK),
    "stsd counts two": (stsd_entries(ENTRY, count=2), NNRError),
    "entry cut": (stsd_entries(Box(b"nnr1", bytes(4))), NNRError),
    "no nnrC": (stsd_entries(Box(b"nnr1", bytes(6) + u16(1))), TRACK),
    "two nnrC": (stsd_entries(Box(b"nnr1", bytes(6) + u16(1), [GOOD, GOOD])), TRACK),
    "media elsewhere": (
        patched("trak/mdia/minf/dinf/dref/url ", 0, u32(0)),
        TRACK,
    ),
    # configuration
    "nnrC of version 1": (nnrc(START, version=1), TRACK),
    "nnrC of version 255": (nnrc(START, version=255), TRACK),
    "nnrC without version": (replaced(P + "stsd/nnr1/nnrC", Box(b"nnrC", b"\0")), TRACK),
    "nnrC with half a unit": (nnrc(START, PARAMETERS[:-1]), TRACK),
    "nnrC with a unit of size 0": (nnrc(START, bytes(4)), TRACK),
    "nnrC with a trailing byte": (nnrc(START, b"\0"), TRACK),
    "nnrC with a large unit": (nnrc(b"\xff\xff\xff\xff\0"), TRACK),
    "half a sample_position": (nnrc(u32(0), START, b"\0\0", flags=1), TRACK),
    "a sample_position without a unit": (nnrc(u32(0), START, u32(0), flags=1), TRACK),
    "a sample_position behind the end": (nnrc(u32(5), START, flags=1), TRACK),
    "a sample_position of 2^32 - 1": (nnrc(u32(0xFFFFFFFF), START, flags=1), TRACK),
}


def assert_refused(data: bytes, error: type[NNRError], folder: Path, *, place: bool = True) -> None:
    """Neither demuxed nor verified nor described, and no file is left behind."""
    for work in (
        lambda: demux(data, folder / "out.nnr"),
        lambda: verify(data, SIMPLE),
    ):
        with pytest.raises(NNRError) as caught:
            work()
        assert isinstance(caught.value, error), caught.value
        found = caught.value
        assert "\n" not in str(found)
        if place:
            assert found.box_path or found.offset is not None or "track" in str(found), found
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", FORGED)
def test_forged_tables_are_refused(name: str, tmp_path: Path) -> None:
    change, error = FORGED[name]
    data = forge(muxed(SIMPLE), change)
    assert data != muxed(SIMPLE)
    assert_refused(data, error, tmp_path)


def test_sample_positions_that_decrease_are_refused(tmp_path: Path) -> None:
    change = nnrc(u32(2), START, u32(1), PARAMETERS, flags=1)
    assert_refused(forge(muxed(SIMPLE), change), TRACK, tmp_path)


def test_two_movies_are_refused(tmp_path: Path) -> None:
    boxes = read_boxes(muxed(SIMPLE))
    assert_refused(write_boxes([*boxes, boxes[1]]), errors.FileFormatError, tmp_path)


@pytest.mark.parametrize("cut", range(1, len(muxed(SIMPLE))))
def test_a_truncated_file_is_refused(cut: int, tmp_path: Path) -> None:
    # Cut between two boxes, the file is whole but for its media data.
    between = cut == sum(map(len, NDUS)) + 8
    error = TABLES if between else errors.FileFormatError
    assert_refused(muxed(SIMPLE)[:-cut], error, tmp_path, place=False)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", bytes(8), bytes(100), b"text, not boxes\n" * 10, SIMPLE, MIXED, b"\xff" * 64],
)
def test_what_is_no_mp4_file_is_refused(data: bytes, tmp_path: Path) -> None:
    assert_refused(data, errors.FileFormatError, tmp_path, place=False)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "fixtures/mp4/broken").iterdir()), ids=lambda path: path.name
)
def test_broken_fixtures_are_refused(path: Path, tmp_path: Path) -> None:
    assert_refused(path.read_bytes(), NNRError, tmp_path, place=False)


def test_a_sample_that_is_no_unit_is_told_by_info() -> None:
    data = bytearray(muxed(SIMPLE))
    data[-len(NDUS[3]) + 1] += 1
    with FileInfo(bytes(data)) as info, pytest.raises(TABLES) as caught:
        list(info.units(info.tracks[0]))
    assert caught.value.unit_index == 5
    assert caught.value.offset == len(data) - len(NDUS[3])
