"""The dump of a file: which boxes are read, which are summarised, and how they print."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from pymp4_nnr.boxes.text import NotRead
from pymp4_nnr.errors import FileFormatError
from pymp4_nnr.operations.dump import SHOWN_SIZE_BYTES, box_lines, box_text, dump
from tests.mp4.boxes import box, full, u16, u32, u64
from tests.paths import FIXTURES

FTYP = box(b"ftyp", b"isom", u32(0), b"isom")
MOOV = box(b"moov", full(b"nmhd", 0, 0), box(b"udta", u32(0)))
FILES = sorted(
    path
    for path in (FIXTURES / "mp4").iterdir()
    if path.is_file() and path.suffix not in (".py", ".json", ".md")
)


def test_media_data_is_not_read():
    data = FTYP + MOOV + box(b"mdat", b"1234567890")
    ftyp, moov, mdat = dump(data)
    assert ftyp.major_brand == b"isom"
    assert moov.offset == len(FTYP)
    assert moov.children[1].offset == len(FTYP) + 8 + 12
    start = len(FTYP) + len(MOOV)
    assert mdat.data == NotRead(start + 8, 10)
    assert (mdat.type, mdat.offset, mdat.size, mdat.header_size) == (b"mdat", start, 18, 8)
    assert "size_form" not in mdat
    assert f"data = 10 bytes at offset {start + 8}, not read" in box_text(mdat)


def test_forms_of_size():
    large = u32(1) + b"mdat" + u64(26) + b"1234567890"
    to_end = u32(0) + b"mdat" + b"123"
    first, last = dump(large + to_end)
    assert (first.size, first.header_size, first.size_form) == (26, 16, "largesize")
    assert first.data == NotRead(16, 10)
    assert (last.size, last.header_size, last.size_form) == (11, 8, "to end of file")
    assert "size_form = to end of file" in box_text(last)
    (moov,) = dump(u32(0) + MOOV[4:])
    assert moov.size_form == "to end of file"
    assert len(moov.children) == 2


@pytest.mark.parametrize("kind", [b"free", b"skip", b"wide", b"zzzz", b"uuid"])
def test_large_boxes_of_mere_bytes_are_not_read(kind: bytes):
    (small,) = dump(box(kind, bytes(SHOWN_SIZE_BYTES - 8)))
    assert not isinstance(small.data, NotRead)
    (large,) = dump(box(kind, bytes(SHOWN_SIZE_BYTES - 7)))
    assert large.data == NotRead(8, SHOWN_SIZE_BYTES - 7)


def test_large_boxes_that_are_known_are_read():
    stts = full(b"stts", 0, 0, u32(2000), u32(1, 2) * 2000)
    (moov,) = dump(box(b"moov", stts))
    lines = list(box_lines(moov))
    row = "sample_count = 1, sample_delta = 2"
    assert [line.strip() for line in lines].count(row) == 2000


def test_an_empty_file_has_no_boxes():
    assert list(dump(b"")) == []


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        (MOOV[:-1], "the file ends after"),
        (b"\0\0\0", "3 trailing bytes"),
        (u32(1) + b"mdat" + bytes(4), "box size"),
        (u32(7) + b"free", "box size 7"),
        (u32(1) + b"mdat" + u64((1 << 64) - 1), "the file ends after"),
    ],
)
def test_what_comes_before_a_fault_is_shown(tail: bytes, reason: str):
    boxes = dump(FTYP + tail)
    assert next(boxes).type == b"ftyp"
    with pytest.raises(FileFormatError, match=reason) as caught:
        next(boxes)
    assert caught.value.offset == len(FTYP)


def test_sources(tmp_path: Path):
    path = tmp_path / "file.mp4"
    path.write_bytes(b"before" + FTYP + MOOV)
    with path.open("rb") as file:
        file.seek(6)
        assert [item.type for item in dump(file)] == [b"ftyp", b"moov"]
        assert not file.closed
    assert [item.type for item in dump(io.BytesIO(FTYP))] == [b"ftyp"]
    path.write_bytes(FTYP)
    assert [item.type for item in dump(path)] == [b"ftyp"]
    with pytest.raises(FileNotFoundError):
        list(dump(tmp_path / "none"))


def test_huge_files_take_no_memory(tmp_path: Path):
    path = tmp_path / "huge.mp4"
    size = 5 << 30
    with path.open("wb") as file:
        file.write(FTYP + u32(1) + b"mdat" + u64(size))
        file.seek(len(FTYP) + size)
        file.write(MOOV)
    tracemalloc.start()
    try:
        types = [item.type for item in dump(path)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert types == [b"ftyp", b"mdat", b"moov"]
    assert peak < 10 << 20


# --- printing


def test_bytes_text_and_controls():
    name = b"\x1b[2Jred\r\n\xc2\x9b\0"
    (moov,) = dump(
        box(
            b"moov",
            full(b"hdlr", 0, 0, bytes(4), b"vide", bytes(12), name),
            box(b"free", bytes(64)),
            box(b"free", bytes(65)),
        )
    )
    text = box_text(moov)
    assert "name = \\x1b[2Jred\\r\\n\\x9b (total 10)" in text
    assert "(total 64)" in text
    assert f"{bytes(64)!r}... (truncated, total 65)" in text
    assert "_reserved" not in text


def test_lines_are_those_of_construct():
    from construct import setglobalfullprinting
    from construct.lib import container

    (moov,) = dump(box(b"moov", full(b"elst", 0, 0, u32(1, 2, 3), u16(1, 0)), MOOV))
    before = container.globalfullprinting
    setglobalfullprinting(True)
    try:
        expected = str(moov)
    finally:
        setglobalfullprinting(before)
    assert box_text(moov) == expected


ODD = {
    "av1_opus_frag.mp4": "an av1C without a byte",
    "hand_entry_avc1_end_zeros.mp4": "zeros after the boxes of a sample entry",
    "hand_stsd_1_tail.mp4": "bytes after the last sample entry",
    "hand_tails.mp4": "bytes after the fields of many boxes",
    "hand_versions_unknown.mp4": "versions that nobody has defined",
    "timecode.mov": "bytes after the fields of a sample entry",
    "timecode.mp4": "bytes after the fields of a sample entry",
}
"""Files with something that a definition does not know, which a note tells."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_fixture_prints(path: Path):
    notes = []
    for item in dump(path):
        assert item.type and item.end > item.offset
        notes += [line for line in box_lines(item) if " note = " in line]
    assert bool(notes) == (path.name in ODD)
