"""Files that have bytes once and refer to them many times, and others beyond what is allowed."""

from __future__ import annotations

import io
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import demux, mux
from pymp4_nnr.operations import weights
from pymp4_nnr.operations.inspect import FileInfo
from scripts.make_broken import (
    FOLDER,
    head_with_tables,
    iloc,
    meta,
    moof,
    tfhd,
    trun,
    video,
)
from tests.mp4.boxes import box, full, table, u8, u16, u32
from tests.mp4.networks import network
from tests.mp4.write import movie, trex
from tests.nnr.streams import PARAMETERS, SIMPLE, START, unit

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


def repeated() -> bytes:
    """Each fragment holds the sample of the first, and says that it repeats it."""
    head = movie([network(1, samples=[])], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None)
    redundant = 1 << 20  # sample_has_redundancy = 1 (8.8.3.1)

    def moofs(place: int) -> bytes:
        data = b""
        for number in range(COUNT):
            offset = place - len(head) - len(data)
            run = full(b"trun", 0, 0x205, u32(1, offset, redundant, len(NDU)))
            data += moof(tfhd(1) + run, number=number + 1)
        return data

    return head + moofs(len(head) + len(moofs(len(head) + 1_000_000)) + 8) + box(b"mdat", NDU)


def small_samples() -> bytes:
    """Chunks at the same place, of samples that all have the size of one field."""
    ndu = unit(5, b"")

    def file(place: int) -> bytes:
        sizes = full(b"stsz", 0, 0, u32(len(ndu), COUNT * COUNT))
        offsets = full(b"stco", 0, 0, u32(COUNT), u32(place) * COUNT)
        return head_with_tables(offsets, table(b"stsc", (1, COUNT, 1)), sizes)

    return file(len(file(0)) + 8) + box(b"mdat", ndu * COUNT)


def shared_parts() -> bytes:
    """An item whose parts all lie at the same place."""

    def file(place: int) -> bytes:
        extents = u32(place, len(PART)) * COUNT
        places = full(b"iloc", 1, 0, u8(0x44, 0), u16(1), u16(1, 0, 0, COUNT), extents)
        entry = full(b"infe", 2, 0, u16(1, 0), b"nnr1", b"\0")
        listed = full(b"iinf", 0, 0, u16(1), entry)
        handler = full(b"hdlr", 0, 0, u32(0), b"null", bytes(13))
        found = full(b"meta", 0, 0, handler, listed, places)
        return movie([network(2)], after=found + box(b"mdat", PART))

    return file(len(file(0)) - len(PART))


PART = b"part" * 100

Use = Callable[[dict[str, Any]], object]
"""Something that is done with a file, with further arguments."""


def _read(file: bytes, **options: Any) -> Use:
    return lambda more: demux(file, io.BytesIO(), **options, **more)


def _sharing(_: Path) -> Use:
    """All networks are read, as for a table of what is in a file."""
    file = (FOLDER / "networks_share.mp4").read_bytes()

    def use(more: dict[str, Any]) -> None:
        with FileInfo(file, **more) as opened:
            assert all(len(track.samples) for track in opened.tracks)

    return use


def _moving(folder: Path) -> Use:
    """An item of a fragment at the end of 4 GiB, to which a network is added."""
    path, place = folder / "large.mp4", (1 << 32) - 100
    head = video(mvex=box(b"mvex", trex(1), trex(2)))
    head += box(b"moof", full(b"mfhd", 0, 0, u32(1)), meta(iloc(place, 20)))
    with path.open("wb") as file:
        file.write(head + u32(place + 50 - len(head)) + b"mdat")
        file.truncate(place + 50)
    return lambda more: mux(SIMPLE, io.BytesIO(), into=path, **more)


def _unpacking(folder: Path) -> Use:
    """Zeros that are packed well."""
    return _weights(folder, "zeros", bytes(weights.FREE + (8 << 20)))


def _repeating(folder: Path) -> Use:
    """Many sets are made of one list."""
    items = b"\x80\x02](" + b"K\1" * (weights.FREE >> 9) + b"eq\0"
    return _weights(folder, "a.pkl", items + b"c__builtin__\nset\nq\1" + b"h\1h\0\x85R" * 70 + b".")


def _weights(folder: Path, name: str, data: bytes) -> Use:
    """A state dict with one entry; the module that reads it is not asked."""
    path = folder / "weights.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)

    def read(_: dict[str, Any]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weights, "need", lambda *_: None)
            patch.setitem(sys.modules, "torch", types.ModuleType("torch"))
            weights.read_weights(path)

    return read


BEYOND: dict[str, Callable[[Path], Use]] = {
    "the samples of a network have no more bytes together than the file": lambda _: _read(
        shared_chunks()
    ),
    "a network has no more samples than a third of the bytes of the file: a unit has three": (
        lambda _: _read(small_samples())
    ),
    "a sample is as long as its own `nnr_unit_size` says, when it is written": lambda _: _read(
        (FOLDER / "sample_size_table.mp4").read_bytes()
    ),
    "the samples of all networks in `stbl` have no more than four times the bytes of the file "
    "together": _sharing,
    "one box tells to which sample groups with units samples belong": lambda _: _read(
        (FOLDER / "groups_overlap.mp4").read_bytes()
    ),
    "samples that are compared, because one may repeat the other, have no more than four times "
    "the bytes of the file": lambda _: _read(repeated()),
    "an item has no more bytes than the file": lambda _: _read(shared_parts(), item_id=1),
    "the tensors of a PyTorch state dict have at most 16 times the bytes of their file, and 64 "
    "MiB": _unpacking,
    "objects of its pickle that are in it many times, and characters of its texts, counted each "
    "time, are at most an eighth of that": _repeating,
    "what moves fits the fields that say where it is": _moving,
}
"""Rules of `docs/limits.md` that depend on the file, and what is beyond them."""
