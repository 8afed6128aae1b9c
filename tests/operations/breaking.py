"""Sound files for the tests of `check`, and functions that break them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from pymp4_nnr import append, mux
from tests.movie.test_items import HEIC, meta
from tests.mp4.boxes import i32, u16, u32
from tests.mp4.forge import (
    Box,
    Change,
    forge,
    full_box,
    patched,
    read_boxes,
    write_box,
    write_boxes,
)
from tests.nnr.streams import FOLDER, START
from tests.round_trip import muxed

Input: TypeAlias = bytes | Sequence[bytes]

STBL = "trak/mdia/minf/stbl"
BITSTREAM = (FOLDER / "lenet5.nnr").read_bytes()
MIXED = (FOLDER / "interleaved.nnr").read_bytes()
MOVIE = muxed(BITSTREAM)
"""One chunk of ten samples, all of them sync samples."""

POSITIONS = muxed(MIXED, tensor_index=False)
"""Units between the samples."""

FRAGMENTS = muxed(BITSTREAM, fragment=5)
"""Two movie fragments."""

UNINDEXED = write_boxes(
    [box for box in read_boxes(FRAGMENTS) if box.type not in (b"sidx", b"mfra")]
)
"""The same without the indexes, which tell where the fragments are."""

ROUNDS = muxed(BITSTREAM, fragment=5, appendable=True, at=1000)
"""The same, with sample groups."""


def moov(change: Change, data: bytes = MOVIE) -> bytes:
    """A file with a change in `moov`."""
    return forge(data, change)


def added(*boxes: Box, to: str = STBL, data: bytes = MOVIE) -> bytes:
    """A file with more boxes at the end of a container in `moov`."""

    def change(moov: Box) -> None:
        holder = moov[to] if to else moov
        assert holder.children is not None
        holder.children += boxes

    return forge(data, change)


def more_extends(body: bytes) -> bytes:
    """A file with one more `trex`."""
    return added(full_box(b"trex", body), to="mvex", data=UNINDEXED)


def moof(change: Callable[[Box], object], data: bytes = UNINDEXED, index: int = 1) -> bytes:
    """A file with a change in one of its movie fragments (by default the second).

    The `data_offset` follows, which its `trun` has.
    """
    boxes = read_boxes(data)
    fragment = [box for box in boxes if box.type == b"moof"][index]
    change(fragment)
    growth = len(write_box(fragment)) - fragment.size
    for trun in [box for traf in fragment.all("traf") for box in traf.all("trun")]:
        offset = int.from_bytes(trun.body[8:12]) + growth
        trun.body = trun.body[:8] + (offset % (1 << 32)).to_bytes(4) + trun.body[12:]
    return write_boxes(boxes)


def moof_patched(
    path: str, at: int, value: bytes, data: bytes = UNINDEXED, index: int = 1
) -> bytes:
    """A file with other bytes in the body of a box of a fragment."""
    return moof(patched(path, at, value), data, index)


def in_traf(*boxes: Box) -> bytes:
    """A file with more boxes at the end of the `traf` of its second fragment."""

    def change(box: Box) -> None:
        children = box["traf"].children
        assert children is not None
        children += boxes

    return moof(change)


def top(change: Callable[[list[Box]], object], data: bytes = MOVIE) -> bytes:
    """A file with a change in its top-level boxes."""
    boxes = read_boxes(data)
    change(boxes)
    return write_boxes(boxes)


def in_sample(change: Callable[[bytearray], None]) -> bytes:
    """A file with a change in its first sample."""

    def work(boxes: list[Box]) -> None:
        media = next(box for box in boxes if box.type == b"mdat")
        body = bytearray(media.body)
        change(body)
        media.body = bytes(body)

    return top(work)


def set_byte(at: int, value: int) -> Callable[[bytearray], None]:
    def change(body: bytearray) -> None:
        body[at] = value

    return change


def rounds(*times: int) -> bytes:
    """A file with a round for each time, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rounds.mp4"
        mux(BITSTREAM, path, appendable=True, at=times[0])
        for time in times[1:]:
            append(path, BITSTREAM, at=time)
        return path.read_bytes()


def nnrc(change: Callable[[bytes], bytes], data: bytes = MOVIE) -> bytes:
    """A file with another body of `nnrC`."""

    def work(moov: Box) -> None:
        box = moov[f"{STBL}/stsd/nnr1/nnrC"]
        box.body = change(box.body)

    return forge(data, work)


def with_edits(*rows: tuple[int, int, int]) -> bytes:
    """A file with an edit list: segment_duration, media_time, rate."""
    entries = [u32(duration) + i32(time) + u16(rate, 0) for duration, time, rate in rows]
    elst = full_box(b"elst", u32(len(rows)), *entries)
    return added(Box(b"edts", b"", [elst]), to="trak")


def video(*boxes: Box, code: bytes = b"avc1") -> bytes:
    """A file with one more sample entry, of a picture."""
    head = bytes(6) + u16(1) + bytes(16) + u16(16, 16) + u32(0x480000, 0x480000, 0) + u16(1)
    return with_entry(Box(code, head + bytes(32) + u16(24) + b"\xff\xff" + write_boxes(boxes)))


def sound(*boxes: Box, code: bytes = b"mp4a", version: int = 0) -> bytes:
    """A file with one more sample entry, of sound."""
    head = bytes(6) + u16(1, version) + bytes(6) + u16(2, 16) + bytes(4) + u32(48000 << 16)
    return with_entry(Box(code, head + write_boxes(boxes)))


def with_entry(entry: Box) -> bytes:
    """A file with one more sample entry."""

    def change(moov: Box) -> None:
        stsd = moov[f"{STBL}/stsd"]
        assert stsd.children is not None
        stsd.children.append(entry)
        stsd.body = u32(0, len(stsd.children))

    return forge(MOVIE, change)


AVCC = Box(b"avcC", b"\1\x42\xc0\x1e\xff\xe0\0")
"""Configuration of AVC without parameter sets."""


def protected(*boxes: Box) -> bytes:
    """A file with one more sample entry of pictures, protected or restricted."""
    restricted = any(box.type == b"rinf" for box in boxes)
    return video(AVCC, *boxes, code=b"resv" if restricted else b"encv")


def groups(kind: bytes, *entries: bytes) -> Box:
    """A `sgpd` of version 1 whose descriptions tell their lengths."""
    rows = [u32(len(entry)) + entry for entry in entries]
    return full_box(b"sgpd", kind, u32(0, len(entries)), *rows, version=1)


def mapped(kind: bytes, *rows: tuple[int, int]) -> Box:
    """A `sbgp`: number of samples, index of the description."""
    return full_box(b"sbgp", kind, u32(len(rows)), *(u32(*row) for row in rows))


SIDX = {"reference_ID": 4, "timescale": 8, "time": 12, "first_offset": 20}
"""Where the fields of a `sidx` of version 1 are in its body; its entries begin at 32."""

TFRA_ENTRY = 16
"""Where the first entry of a `tfra` of version 1 is: time and offset of 8 bytes each come first."""


def sidx(at: int, value: bytes) -> bytes:
    """A file with other bytes in its `sidx`."""

    def change(boxes: list[Box]) -> None:
        box = next(box for box in boxes if box.type == b"sidx")
        box.body = box.body[:at] + value + box.body[at + len(value) :]

    return top(change, FRAGMENTS)


def mfra(change: Callable[[list[Box]], object]) -> bytes:
    """A file with a change in the boxes of its `mfra`, the size of which stays right."""

    def work(boxes: list[Box]) -> None:
        inside = read_boxes(boxes[-1].body)
        change(inside)
        for box in inside:
            if box.type == b"mfro" and box.body[4:] == u32(len(boxes[-1].body) + 8):
                box.body = u32(0, len(write_boxes(inside)) + 8)
        boxes[-1].body = write_boxes(inside)

    return top(work, FRAGMENTS)


def tfra(at: int, value: bytes) -> bytes:
    """A file with other bytes in its `tfra`."""

    def change(boxes: list[Box]) -> None:
        body = boxes[0].body
        boxes[0].body = body[:at] + value + body[at + len(value) :]

    return mfra(change)


def subsegments(boxes: list[Box]) -> None:
    place = next(i for i, box in enumerate(boxes) if box.type == b"sidx")
    boxes.insert(place + 1, full_box(b"ssix", u32(1, 0)))
    boxes[place].body = boxes[place].body[:20] + (16).to_bytes(8) + boxes[place].body[28:]


ITEMS = HEIC + meta([(1, 1, [(0, len(START))])], idat=START)
"""An image file with an item of a network and no `moov`."""


def items(path: str, old: bytes, new: bytes) -> bytes:
    """The same with other bytes in the body of a box in `meta`."""
    boxes = read_boxes(ITEMS)
    inside = read_boxes(boxes[1].body[4:])
    for box in inside:
        if box.type == path.encode():
            assert old in box.body
            box.body = box.body.replace(old, new, 1)
    boxes[1].body = bytes(4) + write_boxes(inside)
    return write_boxes(boxes)


def in_meta(change: Callable[[list[Box]], object]) -> bytes:
    """The same with a change in the boxes in `meta`."""
    boxes = read_boxes(ITEMS)
    inside = read_boxes(boxes[1].body[4:])
    change(inside)
    boxes[1].body = bytes(4) + write_boxes(inside)
    return write_boxes(boxes)


def no_places(boxes: list[Box]) -> None:
    boxes[:] = [box for box in boxes if box.type != b"iloc"]


def properties_twice(boxes: list[Box]) -> None:
    for box in boxes:
        if box.type == b"iprp":
            box.body += write_boxes([Box(b"ipco")])


def without_properties(boxes: list[Box]) -> None:
    for box in boxes:
        if box.type == b"iprp":
            box.body = b""
