"""`dump`: the boxes of a file in the form of pymp4's `mp4dump`, without reading media data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..boxes.header import MEDIA_DATA, BoxHeader, walk_boxes
from ..boxes.text import box_lines, box_text, is_known, parse_box, unread_box
from ..io.ranges import read_exactly
from ..io.source import SourceLike, open_source

PADDING = frozenset((b"free", b"skip", b"wide"))

SHOWN_SIZE_BYTES = 4096
"""Boxes whose content is not decoded (padding, unknown types, `uuid`) are read up to this size."""


def dump(source: SourceLike) -> Iterator[Any]:
    """Yield the top-level boxes of a file, parsed, one after the other.

    Media data, and large boxes whose content is not decoded, are not read: their `data` is a
    `NotRead`, with offset and size. One box at a time is in memory.

    Args:
        source: path, buffer or binary file object. A file that is opened here is closed at the end.

    Raises:
        OSError: the file cannot be read.
        FileFormatError: a box is cut off, or bytes are no box; those before have been yielded.
    """
    opened = open_source(source)
    try:
        for place in walk_boxes(opened):
            if _is_read(place):
                data = read_exactly(opened, place.offset, place.size)
                yield parse_box(data, place.offset)
            else:
                yield unread_box(
                    *(place.type, place.offset, place.size, place.header_size, place.size_form)
                )
    finally:
        if opened is not source:
            opened.close()


def _is_read(place: BoxHeader) -> bool:
    if place.type in MEDIA_DATA:
        return False
    only_bytes = place.type == b"uuid" or place.type in PADDING or not is_known(place.type)
    return not only_bytes or place.size <= SHOWN_SIZE_BYTES


__all__ = ["box_lines", "box_text", "dump"]
