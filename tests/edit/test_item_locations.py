"""`iloc`: the offsets of items when what they point to moves."""

from __future__ import annotations

import pytest

from tests.mp4.boxes import box, full, u8, u16, u32
from tests.mp4.compare import compare
from tests.mp4.offsets import iloc_items
from tests.mp4.read import nodes, sample_data, top
from tests.mp4.write import FTYP, TrackPlan, movie, moving, url_entry
from tests.nnr.streams import SIMPLE
from tests.round_trip import added, demuxed, removed

ITEMS = [b"first item", b"the second", b"3rd"]


def image_file(
    version: int,
    widths: tuple[int, int, int, int],
    *,
    moov: bool,
    meta_last: bool = False,
    base: int = 0,
    meta_size: int | None = None,
) -> bytes:
    """Three items in `mdat`, one of them in two extents; one in `idat`."""
    offset_size, length_size, base_size, index_size = widths
    blob = b"".join(ITEMS)
    video = [TrackPlan(1, b"vide", [b"frame"])] if moov else []

    def number(width: int, value: int) -> bytes:
        return value.to_bytes(width) if width else b""

    def item(item_id: int, extents: list[tuple[int, int]], method: int = 0, ref: int = 0) -> bytes:
        head = item_id.to_bytes(4 if version == 2 else 2) + (u16(method) if version else b"")
        shift = 0 if method else base
        body = head + u16(ref) + number(base_size, shift) + u16(len(extents))
        for offset, length in extents:
            body += number(index_size if version else 0, 1)
            body += number(offset_size, offset - shift) + number(length_size, length)
        return body

    def meta(at: int) -> bytes:
        first, second = len(ITEMS[0]), len(ITEMS[1])
        rows = [
            item(1, [(at, first)]),
            item(2, [(at + first, 4), (at + first + 4, second - 4)]),
            item(3, [(at + first + second, 3)], ref=1),  # the file itself, by its reference
            *([item(4, [(0, 4)], method=1)] if version else []),
        ]
        count = len(rows).to_bytes(4 if version == 2 else 2)
        packed = u8(offset_size << 4 | length_size, base_size << 4 | (index_size if version else 0))
        iloc = full(b"iloc", version, 0, packed, count, *rows)
        dinf = box(b"dinf", full(b"dref", 0, 0, u32(1), url_entry()))
        hdlr = full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13))
        return full(b"meta", 0, 0, hdlr, dinf, iloc, box(b"idat", b"idat"), size=meta_size)

    def build(at: int) -> bytes:
        parts = [] if meta_last else [meta(at)]
        head = FTYP + b"".join(parts)
        if video:
            inner = movie(video, ftyp=b"", moov_first=True)
            head += moving(inner, len(head))
        return head + box(b"mdat", blob) + (meta(at) if meta_last else b"")

    return build(build(1000).index(blob))


def item_data(data: bytes) -> dict[int, bytes]:
    (meta,) = top(data, "meta")
    idat = meta["idat"].body
    return {
        number: b"".join(
            (idat if method else data)[offset : offset + length] for offset, length in extents
        )
        for number, method, _, extents in iloc_items(meta["iloc"])
    }


@pytest.mark.parametrize("moov", [False, True])
@pytest.mark.parametrize("meta_last", [False, True])
@pytest.mark.parametrize(
    ("version", "widths"),
    [
        (0, (4, 4, 0, 0)),
        (0, (8, 8, 8, 0)),
        (1, (4, 4, 4, 0)),
        (1, (8, 4, 0, 4)),
        (2, (4, 8, 8, 8)),
        (2, (4, 4, 0, 0)),
    ],
)
@pytest.mark.parametrize("base", [0, 30])
def test_items(
    version: int, widths: tuple[int, int, int, int], moov: bool, meta_last: bool, base: int
) -> None:
    base = base if widths[2] else 0
    old = image_file(version, widths, moov=moov, meta_last=meta_last, base=base)
    wanted = dict(enumerate([*ITEMS, *([b"idat"] if version else [])], 1))
    assert item_data(old) == wanted
    new = added(old)
    (number,) = compare(old, new)
    assert item_data(new) == wanted
    assert demuxed(new) == SIMPLE
    back = removed(new, number)
    assert item_data(back) == wanted
    assert sample_data(back) == sample_data(old)


def test_items_without_room_for_offsets() -> None:
    """An item that begins with the file, and needs an offset from now on, or none."""
    row = u16(1, 0, 1) + u32(8)  # 8 bytes from 0 on: the start of ftyp
    meta = full(
        *(b"meta", 0, 0, full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13))),
        *(full(b"iloc", 0, 0, u8(4, 0), u16(1), row), box(b"idat")),
    )
    old = FTYP + meta
    new = added(old)
    compare(old, new)
    assert item_data(new) == {1: FTYP[:8]}


def test_meta_that_reaches_to_the_end_of_the_file() -> None:
    old = image_file(1, (4, 4, 0, 0), moov=False, meta_last=True, meta_size=0)
    assert item_data(added(old)) == item_data(old)
    alone = FTYP + full(b"meta", 0, 0, full(b"hdlr", 0, 0, bytes(4), b"pict", bytes(13)), size=0)
    new = added(alone)
    assert [node.type for node in nodes(new)] == [b"ftyp", b"moov", b"mdat", b"meta"]
    assert demuxed(new) == SIMPLE
