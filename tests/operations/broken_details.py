"""For each rule of `check` about fields, sample entries, places and levels, an input for it.

The rules are those of the modules `fields`, `sample_entries`, `auxiliary`, `levels`,
`segment_boxes`, and some of `samples`, `indexes` and `items`.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.mp4.boxes import i32, u8, u16, u32
from tests.mp4.forge import (
    Box,
    full_box,
    patched,
    read_boxes,
    replaced,
    table,
    write_box,
    write_boxes,
)
from tests.operations.breaking import (
    FRAGMENTS,
    MIXED,
    STBL,
    UNINDEXED,
    Input,
    added,
    in_meta,
    in_traf,
    items,
    moof,
    moov,
    nnrc,
    protected,
    rounds,
    sound,
    top,
    video,
)
from tests.round_trip import added as beside

MVHD_RESERVED, MVHD_MATRIX, MDHD_LANGUAGE = 26, 36, 20
SAIO = full_box(b"saio", u32(1, 0))
DREF = "trak/mdia/minf/dinf/dref"
ITEM_ENTRY = full_box(b"infe", u16(2, 0), b"mime", b"\0", b"text/plain\0", version=2)


def _dref(entry: Box) -> bytes:
    return moov(replaced(DREF, full_box(b"dref", u32(1), write_box(entry))))


def _elng_first(box: Box) -> None:
    media = box["trak/mdia"]
    assert media.children is not None
    media.children.insert(0, full_box(b"elng", b"en\0"))


def _relative(box: Box) -> None:
    traf = box["traf"]
    traf["tfhd"].body = u32(0) + traf["tfhd"].body[4:]
    assert traf.children is not None
    traf.children += [full_box(b"saiz", b"\x08", u32(5)), SAIO]


def _empty_fragment(box: Box) -> None:
    assert box.children is not None
    head = full_box(b"tfhd", u32(1), flags=0x030000)
    box.children.append(Box(b"traf", b"", [head]))


def _edited() -> bytes:
    elst = full_box(b"elst", u32(1, 0, 0), u16(1, 0))
    return added(Box(b"edts", b"", [elst]), to="trak", data=UNINDEXED)


def _senc(*rows: bytes, flags: int = 0) -> Box:
    return full_box(b"senc", u32(len(rows)), *rows, flags=flags)


def _levels(*levels: bytes) -> bytes:
    return added(full_box(b"leva", u8(len(levels)), *levels), to="mvex", data=UNINDEXED)


def _reference_time(track: int, place: int) -> bytes:
    def change(boxes: list[Box]) -> None:
        prft = full_box(b"prft", u32(track), bytes(12))
        boxes.insert(place if place >= 0 else len(boxes), prft)

    return top(change, UNINDEXED)


def _cmaf(boxes: list[Box]) -> None:
    boxes[0].body = boxes[0].body.replace(b"mp42", b"cmfc")


def _parent_index(boxes: list[Box]) -> None:
    """An index of the index, with a duration that is not its own."""
    place = next(i for i, box in enumerate(boxes) if box.type == b"sidx")
    rest = sum(len(write_box(box)) for box in boxes[place:] if box.type != b"mfra")
    body = boxes[place].body[:4] + boxes[place].body[4:12] + bytes(16)
    row = u32(1 << 31 | rest, 99, 0)
    boxes.insert(place, Box(b"sidx", body + u16(0, 1) + row))
    boxes.pop()  # mfra


def _ranges(boxes: list[Box]) -> None:
    place = next(i for i, box in enumerate(boxes) if box.type == b"sidx")
    body = boxes[place].body
    sizes = [int.from_bytes(body[at : at + 4]) for at in range(32, len(body), 12)]
    ranges = b"".join(u32(2, 8, 1 << 24 | size - 9) for size in sizes)
    ssix = full_box(b"ssix", u32(len(sizes)), ranges)
    boxes.insert(place + 1, ssix)
    boxes[place].body = body[:20] + len(write_box(ssix)).to_bytes(8) + body[28:]
    boxes.pop()  # mfra


def _more_items(boxes: list[Box]) -> None:
    for box in boxes:
        if box.type == b"iinf":
            first = box.body[6:]
            box.body = bytes(4) + u16(2) + write_box(ITEM_ENTRY) + first


def _twice_associated(boxes: list[Box]) -> None:
    for box in boxes:
        if box.type == b"iprp":
            inside = read_boxes(box.body)
            ipma = inside[-1]
            ipma.body = u32(0, 2) + ipma.body[8:] * 2
            box.body = write_boxes(inside)


def _groups(*numbers: int) -> bytes:
    groups = [full_box(b"altr", u32(number, 1, 1)) for number in numbers]
    return in_meta(lambda boxes: boxes.append(Box(b"grpl", b"", groups)))


REFERENCE = write_box(Box(b"cdsc", u16(1, 1, 1)))

DETAILS: dict[str, Callable[[], Input]] = {
    # fields
    "reserved": lambda: moov(patched("mvhd", MVHD_RESERVED, b"\1")),
    "box-flags": lambda: moov(patched(f"{STBL}/stts", 3, b"\1")),
    "language": lambda: moov(patched("trak/mdia/mdhd", MDHD_LANGUAGE, u16(0))),
    "matrix": lambda: moov(patched("mvhd", MVHD_MATRIX + 8, u32(1))),
    "handler-name": lambda: moov(
        replaced("trak/mdia/hdlr", full_box(b"hdlr", u32(0), b"meta", bytes(12), b"name"))
    ),
    "elng-place": lambda: moov(_elng_first),
    # sample entries, data references
    "entry-esds": lambda: sound(),
    "entry-nal": lambda: video(Box(b"free")),
    "entry-codec": lambda: sound(Box(b"free"), code=b"Opus"),
    "entry-scheme": lambda: protected(),
    "entry-audio-version": lambda: sound(Box(b"free"), code=b"ulaw", version=1),
    "data-entry": lambda: _dref(full_box(b"alis", flags=1)),
    "data-location": lambda: _dref(full_box(b"url ", b"\0", flags=1)),
    # sample tables
    "ctts-negative": lambda: added(table(b"ctts", (10, 1 << 31))),
    "cslg-offsets": lambda: added(full_box(b"cslg", i32(0, 5, 5, 0, 0))),
    "stsh-order": lambda: added(table(b"stsh", (5, 1), (4, 1))),
    # auxiliary information
    "subs-repeated": lambda: added(*[full_box(b"subs", u32(1, 1), u16(0))] * 2),
    "saiz-repeated": lambda: added(*[full_box(b"saiz", b"\x08", u32(1))] * 2, SAIO),
    "saiz-alone": lambda: added(full_box(b"saiz", b"\x08", u32(1))),
    "saio-base": lambda: moof(_relative),
    "senc-count": lambda: in_traf(_senc(*[bytes(8)] * 3)),
    "senc-sizes": lambda: in_traf(full_box(b"saiz", b"\x10", u32(5)), SAIO, _senc(*[bytes(8)] * 5)),
    "senc-subsamples": lambda: in_traf(_senc(*[bytes(8) + u16(1, 3) + u32(0)] * 5, flags=2)),
    # fragments, levels, segments
    "empty-with-edits": lambda: moof(_empty_fragment, _edited()),
    "leva-count": lambda: _levels(u32(1) + b"\2"),
    "leva-track": lambda: _levels(u32(1) + b"\2", u32(9) + b"\2"),
    "leva-type": lambda: _levels(u32(1) + b"\2", u32(1) + b"\5"),
    "trep-track": lambda: added(full_box(b"trep", u32(9)), to="mvex", data=UNINDEXED),
    "prft-track": lambda: _reference_time(9, 2),
    "prft-place": lambda: _reference_time(1, -1),
    "cmaf-tracks": lambda: top(_cmaf, beside(UNINDEXED, MIXED)),
    "pdin-repeated": lambda: top(lambda boxes: boxes.extend([full_box(b"pdin")] * 2)),
    "sidx-child": lambda: top(_parent_index, FRAGMENTS),
    "ssix-ranges": lambda: top(_ranges, FRAGMENTS),
    # networks
    "nnr-groups-announced": lambda: nnrc(lambda body: u32(0) + body[4:], rounds(1, 2)),
    # items
    "iloc-reference": lambda: items("iloc", u16(1, 1, 0), u16(1, 0, 1)),
    "iinf-order": lambda: in_meta(_more_items),
    "iref-repeated": lambda: in_meta(lambda boxes: boxes.append(full_box(b"iref", REFERENCE * 2))),
    "ipma-order": lambda: in_meta(_twice_associated),
    "group-id": lambda: _groups(1),
}
"""An input for each rule, by its id; made when it is called."""
