"""Which bytes of a parsed box are in the box that was built of it, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..io.ranges import ByteRange
from .header import HEADER_SIZE, LARGE_HEADER_SIZE, LARGESIZE, decode_header


def code_of(box: Any) -> bytes:
    """The four-character code of a parsed box or sample entry."""
    code: bytes = box.get("type") or box.get("format") or b""
    return code


def kept_ranges(box: Any, data: bytes) -> Iterator[tuple[ByteRange, int]]:
    """Where the boxes that were parsed lie in a box as it was built; see `Node.kept_ranges`.

    Boxes beside each other that still are come as one range.

    Args:
        box: as it was parsed.
        data: as it was built.
    """
    start = size = place = 0
    for old, new in _ranges(box, data, 0):
        if old.offset == start + size and new == place + size:
            size += old.size
            continue
        if size:
            yield ByteRange(start, size), place
        start, size, place = *old, new
    if size:
        yield ByteRange(start, size), place


def _ranges(box: Any, data: bytes, at: int) -> Iterator[tuple[ByteRange, int]]:
    if "offset" not in box:
        return  # a new box
    start, end = box["offset"], box["end"]
    inside = box.get("children")
    first = inside[0].get("offset") if inside else None
    if first is None:
        yield ByteRange(start, min(end - start, _size_at(data, at))), at
        return
    header_size = LARGE_HEADER_SIZE if box.get("size_form") == LARGESIZE else HEADER_SIZE
    if box.get("version") is not None:
        header_size += 4
    # Children before the first that is left may have been removed; it may come after fields, too.
    code = data[at + header_size + 4 : at + header_size + 8].rstrip(b" ")
    head = header_size if code == code_of(inside[0]) else first - start
    yield ByteRange(start, head), at
    at += head
    for inner in inside:
        yield from _ranges(inner, data, at)
        at += _size_at(data, at)


def _size_at(data: bytes, at: int) -> int:
    """Bytes of the box at an offset of `data`."""
    size = int.from_bytes(data[at : at + 4])
    if size >= HEADER_SIZE:
        return size
    return decode_header(data[at : at + LARGE_HEADER_SIZE], len(data) - at).size
