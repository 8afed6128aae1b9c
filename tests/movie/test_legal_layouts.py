"""Movies in every legal layout of boxes, chunks and sizes."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from pymp4_nnr import verify
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import (
    STBL,
    Box,
    forge,
    full_box,
    patched,
    read_boxes,
    replaced,
    table,
    write_box,
)
from tests.nnr.streams import NDUS, PARAMETERS, SIMPLE, START, unit
from tests.round_trip import demuxed, muxed


def with_tables(stsc: list[tuple[int, int, int]], offsets: list[int], *, co64: bool = False) -> Box:
    """`stbl` for the samples of SIMPLE in chunks."""
    if co64:
        chunks = full_box(b"co64", u32(len(offsets)), struct.pack(f">{len(offsets)}Q", *offsets))
    else:
        chunks = table(b"stco", *((offset,) for offset in offsets))
    nnrc = full_box(b"nnrC", START, PARAMETERS)
    stsd = Box(b"stsd", u32(0, 1), [Box(b"nnr1", bytes(6) + u16(1), [nnrc])])
    stsz = full_box(b"stsz", u32(0, len(NDUS)), u32(*map(len, NDUS)))
    return Box(b"stbl", b"", [stsd, table(b"stts", (4, 1)), table(b"stsc", *stsc), stsz, chunks])


def moov_with(stbl: Box) -> bytes:
    moov = next(box for box in read_boxes(muxed(SIMPLE)) if box.type == b"moov")
    replaced(STBL, stbl)(moov)
    return write_box(moov)


FTYP = write_box(Box(b"ftyp", b"isom" + u32(0) + b"isom"))


def largesize(kind: bytes, body: bytes) -> bytes:
    return u32(1) + kind + struct.pack(">Q", 16 + len(body)) + body


def mdat_first(header: Callable[[bytes], bytes]) -> bytes:
    media = header(b"".join(NDUS))
    start = len(FTYP) + len(media) - sum(map(len, NDUS))
    return FTYP + media + moov_with(with_tables([(1, 4, 1)], [start]))


def mdat_to_the_end() -> bytes:
    size = len(moov_with(with_tables([(1, 4, 1)], [0])))
    start = len(FTYP) + size + 8
    moov = moov_with(with_tables([(1, 4, 1)], [start]))
    return FTYP + moov + u32(0) + b"mdat" + b"".join(NDUS)


def moov_to_the_end() -> bytes:
    media = write_box(Box(b"mdat", b"".join(NDUS)))
    moov = moov_with(with_tables([(1, 4, 1)], [len(FTYP) + 8]))
    return FTYP + media + u32(0) + moov[4:]


def large_moov() -> bytes:
    media = write_box(Box(b"mdat", b"".join(NDUS)))
    moov = moov_with(with_tables([(1, 4, 1)], [len(FTYP) + 8]))
    return FTYP + media + largesize(b"moov", moov[8:])


def chunks_in_any_order() -> bytes:
    """Four chunks, the last first, in two mdats with other data around them."""
    order = [3, 1, 0, 2]
    data = FTYP
    offsets = [0] * 4
    for part in (order[:2], order[2:]):
        body = b"other data"
        for index in part:
            offsets[index] = len(data) + 8 + len(body)
            body += NDUS[index] + b"?"
        data += write_box(Box(b"mdat", body)) + write_box(Box(b"free", b"free"))
    return data + moov_with(with_tables([(1, 1, 1)], offsets))


def chunks_of_different_lengths() -> bytes:
    media = b"".join(NDUS[:1]) + b"gap" + b"".join(NDUS[1:3]) + b"gap" + NDUS[3]
    first = len(FTYP) + 8
    second = first + len(NDUS[0]) + 3
    third = second + len(NDUS[1]) + len(NDUS[2]) + 3
    stbl = with_tables([(1, 1, 1), (2, 2, 1), (3, 1, 1)], [first, second, third], co64=True)
    return FTYP + write_box(Box(b"mdat", media)) + moov_with(stbl)


def compact_sizes(bits: int) -> bytes:
    sizes = b"".join(len(ndu).to_bytes(bits // 8) for ndu in NDUS)
    stz2 = full_box(b"stz2", u32(bits), u32(4), sizes)
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsz", stz2))


def same_sizes() -> bytes:
    ndus = b"".join(unit(5, bytes([number] * 12)) for number in range(4))
    data = muxed(START + PARAMETERS + ndus)
    return forge(data, replaced(f"{STBL}/stsz", full_box(b"stsz", u32(15, 4))))


def other_boxes_in_the_entry() -> bytes:
    nnrc = full_box(b"nnrC", START, PARAMETERS)
    btrt = Box(b"btrt", u32(0, 0, 0))
    entry = Box(b"nnr1", bytes(6) + u16(1), [btrt, nnrc, Box(b"abcd", b"unknown")])
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsd/nnr1", entry))


def other_boxes_everywhere() -> bytes:
    def change(moov: Box) -> None:
        box = moov
        assert box.children is not None
        for name in ("trak", "mdia", "minf", "stbl"):
            box.children.insert(0, Box(b"free", b"padding"))
            box.children.append(Box(b"uuid", bytes(16) + b"more"))
            box = box[name]
            assert box.children is not None

    data = forge(muxed(SIMPLE), change)
    return data + write_box(Box(b"free", b"")) + write_box(Box(b"mfra", b""))


def unknown_flags() -> bytes:
    return forge(muxed(SIMPLE), patched(f"{STBL}/stsd/nnr1/nnrC", 0, u32(0x80FFFC)))


def positions_that_are_not_needed() -> bytes:
    nnrc = full_box(b"nnrC", u32(0), START, u32(0), PARAMETERS, flags=1)
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsd/nnr1/nnrC", nnrc))


SAME = b"".join(unit(5, bytes([number] * 12)) for number in range(4))
LAYOUTS: dict[str, tuple[Callable[[], bytes], bytes]] = {
    "mdat first": (lambda: mdat_first(lambda b: write_box(Box(b"mdat", b))), SIMPLE),
    "mdat of 64-bit size": (lambda: mdat_first(lambda b: largesize(b"mdat", b)), SIMPLE),
    "mdat to the end": (mdat_to_the_end, SIMPLE),
    "moov to the end": (moov_to_the_end, SIMPLE),
    "moov of 64-bit size": (large_moov, SIMPLE),
    "chunks in any order": (chunks_in_any_order, SIMPLE),
    "chunks of different lengths": (chunks_of_different_lengths, SIMPLE),
    "8-bit sizes": (lambda: compact_sizes(8), SIMPLE),
    "16-bit sizes": (lambda: compact_sizes(16), SIMPLE),
    "one size for all": (same_sizes, START + PARAMETERS + SAME),
    "other boxes in the entry": (other_boxes_in_the_entry, SIMPLE),
    "other boxes everywhere": (other_boxes_everywhere, SIMPLE),
    "unknown flags": (unknown_flags, SIMPLE),
    "positions that are not needed": (positions_that_are_not_needed, SIMPLE),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_legal_layouts_are_read(name: str) -> None:
    make, stream = LAYOUTS[name]
    data = make()
    assert demuxed(data) == stream
    assert verify(data, stream) is None
    with FileInfo(data) as info:
        units = list(info.units(info.tracks[0]))
    assert b"".join(data[u.unit.offset :][: u.unit.size] for u in units) == stream
