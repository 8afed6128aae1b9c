"""What an `append` that was killed has left at the end of a file."""

from __future__ import annotations

from typing import BinaryIO

from ..boxes.header import HEADER_SIZE, TO_END, BoxHeader
from ..errors import BrokenBoxError
from ..io.ranges import read_exactly
from ..io.source import Source, open_source
from ..movie.movie import Movie
from ..movie.probe import top_level_boxes

_NO_BOX = b"\0\0\0\0"  # what a file is extended with has this type, and size 0: to the end


def cut_off_unfinished(file: BinaryIO, limit: int | None = None) -> int:
    """Cut off what an `append` that was stopped has left at the end; return how many bytes.

    Args:
        file: open for reading and writing.
        limit: as of `open`.

    Raises:
        NNRError: the file is broken.
    """
    with open_source(file) as source:
        boxes = list(top_level_boxes(source))
        end = source.size
        left = _left_behind(source, boxes)
        if left is None or _is_used(source, left, limit):
            return 0
    file.truncate(left)
    return end - left


def _left_behind(source: Source, boxes: list[BoxHeader]) -> int | None:
    """Where that begins: free space to the end of the file, or a fragment that is called free.

    Raises:
        BrokenBoxError: other fragments follow such a fragment: what is left there is more than what
            one `append` was writing.
    """
    if not boxes:
        return None
    last = boxes[-1]
    if last.size_form == TO_END and last.type in (b"free", _NO_BOX):
        inside = source.read(last.body_offset, min(last.body.size, HEADER_SIZE))
        ours = not any(inside[:4]) or inside[4:] == b"mfhd"[: len(inside) - 4]
        return last.offset if ours else None
    followed = False
    for header in reversed(boxes):
        if header.type == b"free" and header.size >= 2 * HEADER_SIZE:
            inside = read_exactly(source, header.body_offset, HEADER_SIZE)
            if inside[4:] != b"mfhd":
                return None
            if followed:
                raise BrokenBoxError(
                    "a fragment is called free, and other fragments follow it",
                    box_path="free",
                    offset=header.offset,
                )
            return header.offset
        followed |= header.type == b"moof"
        if header.type not in (b"mdat", b"moof"):
            return None
    return None


def _is_used(source: Source, start: int, limit: int | None) -> bool:
    """Whether samples lie behind a byte of the file: other programs have free boxes, too."""
    extents = Movie(source, limit=limit).extents().values()
    return any(place.end > start for places in extents for place in places)
