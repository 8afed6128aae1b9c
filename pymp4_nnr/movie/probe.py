"""What kind of file this is: the first bytes, and the top-level boxes."""

from __future__ import annotations

from collections.abc import Iterator

from ..bitstream.unit_walk import walk
from ..boxes.header import BoxHeader, walk_boxes
from ..errors import BitstreamError, FileFormatError, NotMP4Error
from ..io.source import Source

FIRST_BOXES = frozenset(
    b"ftyp styp moov moof mdat free skip wide sidx pnot uuid meta emsg prft".split()
)


def is_mp4(source: Source) -> bool:
    """Whether a file is an ISOBMFF file by its first box, and not an NNR bitstream."""
    head = source.read(0, 8)
    if head[4:] not in FIRST_BOXES:
        return False
    if head.startswith(b"\0\0"):
        return True  # no unit has size 0
    try:
        return not sum(1 for _ in walk(source))
    except BitstreamError:
        return True


def top_level_boxes(source: Source, start: int = 0) -> Iterator[BoxHeader]:
    """Yield the headers of the top-level boxes of a file.

    Args:
        source: the file.
        start: where it begins among several that are joined: offsets count from the first one.

    Raises:
        FileFormatError: the file is no MP4 file, or a box header is broken or cut off.
    """
    try:
        for header in walk_boxes(source):
            yield header._replace(offset=header.offset + start) if start else header
    except FileFormatError as error:
        if error.offset == 0 and source.read(4, 4) not in FIRST_BOXES:
            text = "this is not an MP4 file"
            if _begins_with_unit(source):
                text += ", but begins like an NNR bitstream, whose units info shows"
            raise NotMP4Error(text, offset=start) from error
        error.offset = start + (error.offset or 0)
        raise


def _begins_with_unit(source: Source) -> bool:
    try:
        return next(walk(source), None) is not None
    except BitstreamError:
        return False
