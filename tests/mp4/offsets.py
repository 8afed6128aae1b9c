"""The absolute file offsets in boxes, apart from everything else that the boxes hold."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TypeAlias

from .read import Node

Split: TypeAlias = tuple[list[int], object]
"""The absolute offsets that a box holds, and everything else of it."""


def split_chunk_offsets(box: Node) -> Split:
    count = box.u32(4)[0]
    width, code = (8, "Q") if box.type == b"co64" else (4, "I")
    body = box.body
    found = struct.unpack_from(f">{count}{code}", body, 8)
    return list(found), (body[:8], body[8 + width * count :])


def split_saio(box: Node) -> Split:
    body = box.body
    at = 4 + 8 * (box.flags & 1)
    count = struct.unpack_from(">I", body, at)[0]
    found = struct.unpack_from(f">{count}{'Q' if box.version else 'I'}", body, at + 4)
    return list(found), body[1 : at + 4]


def split_tfhd(box: Node) -> Split:
    # the base alone means nothing: where it leads with the offsets in `trun`, the samples tell
    body = box.body
    return [], (body[:8], body[16:]) if box.flags & 1 else body


def split_tfra(box: Node) -> Split:
    body = box.body
    lengths, count = struct.unpack_from(">2I", body, 8)
    tail = sum((lengths >> shift & 3) + 1 for shift in (4, 2, 0))
    width, code = (8, "Q") if box.version else (4, "I")
    offsets, rest, at = [], [], 16
    for _ in range(count):
        time, offset = struct.unpack_from(f">2{code}", body, at)
        offsets.append(offset)
        at += 2 * width
        rest.append((time, body[at : at + tail]))
        at += tail
    return offsets, (body[1:16], rest, body[at:])


def split_sidx(box: Node) -> Split:
    body = box.body
    width, code = (8, "Q") if box.version else (4, "I")
    first = struct.unpack_from(f">{code}", body, 12 + width)[0]
    return [box.end + first], (body[: 12 + width], body[12 + 2 * width :])


def iloc_items(box: Node) -> list[tuple[int, int, int, list[tuple[int, int]]]]:
    """(item_ID, construction_method, data_reference_index, [(offset, length)]) of each item."""
    body, version = box.body, box.version
    widths = [body[4] >> 4, body[4] & 15, body[5] >> 4, body[5] & 15 if version else 0]
    at = 6

    def number(width: int) -> int:
        nonlocal at
        at += width
        return int.from_bytes(body[at - width : at])

    items = []
    for _ in range(number(4 if version == 2 else 2)):
        item = number(4 if version == 2 else 2)
        method = number(2) & 15 if version else 0
        reference, base = number(2), number(widths[2])
        extents = []
        for _ in range(number(2)):
            number(widths[3])
            offset = base + number(widths[0])
            extents.append((offset, number(widths[1])))
        items.append((item, method, reference, extents))
    assert at == len(body)
    return items


def split_iloc(box: Node) -> Split:
    found: list[int] = []
    rest: list[object] = [box.version]
    for item, method, reference, extents in iloc_items(box):
        rest.append((item, method, reference, [length for _, length in extents]))
        if method or extents == [(0, 0)]:
            rest.append(extents)
        else:
            found += [offset for offset, _ in extents]
    return found, rest


SPLITTERS: dict[bytes, Callable[[Node], Split]] = {
    b"stco": split_chunk_offsets,
    b"co64": split_chunk_offsets,
    b"saio": split_saio,
    b"iloc": split_iloc,
    b"tfhd": split_tfhd,
    b"tfra": split_tfra,
    b"sidx": split_sidx,
}
