"""The walk over the units of a bitstream, by their headers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..errors import (
    BitstreamError,
    EmptyBitstreamError,
    NotBitstreamError,
    TruncatedUnitError,
)
from ..io.ranges import shortened
from ..io.source import Source
from .unit_header import MAX_HEADER_SIZE, read_unit_header

_OF_MP4_FILES = (b"ftyp", b"styp", b"moov", b"moof")
"""Types of the first box of files that are taken for bitstreams by mistake."""

HeaderElements: TypeAlias = tuple[int, int, int, int | None]
"""What `read_unit_header` returns."""

HeaderReader: TypeAlias = Callable[[bytes, int, int, int], HeaderElements]
"""Reads a header as `read_unit_header` does."""


def walk(
    source: Source, read_header: HeaderReader = read_unit_header
) -> Iterator[tuple[int, int, int, int, int | None]]:
    """Go from unit to unit by their sizes, and read nothing but headers.

    Args:
        source: the bitstream.
        read_header: how headers are read.

    Yields:
        offset and size in bytes, nnr_unit_type, independently_decodable_flag, and
        partial_data_counter or None: plain tuples, because there may be millions of units.

    Raises:
        BitstreamError: as `split`; `NotBitstreamError` where it is an MP4 file.
        MediaError: the file has been shortened since it was opened.
        OSError: the file cannot be read.
    """
    end = source.size
    if end == 0:
        raise EmptyBitstreamError("the file is empty", offset=0)
    position = index = start = 0
    window = b""
    last = -1  # where in the window a header can begin and still be whole
    while position < end:
        at = position - start
        if at > last:
            start, window = source.window(position, MAX_HEADER_SIZE)
            at = position - start
            last = len(window) - MAX_HEADER_SIZE
            if at > last and start + len(window) < end:
                raise shortened(position, min(MAX_HEADER_SIZE, end - position), len(window) - at)
        try:
            size, unit_type, flag, counter = read_header(window, at, index, position)
        except BitstreamError as error:
            if index == 0 and source.read(0, 2) == b"\0\0" and source.read(4, 4) in _OF_MP4_FILES:
                text = "this is an MP4 file, not an NNR bitstream"
                raise NotBitstreamError(text, offset=0) from error
            raise
        if position + size > end:
            raise TruncatedUnitError(
                f"nnr_unit_size is {size}, {end - position} bytes are left",
                unit_index=index,
                offset=position,
            )
        yield position, size, unit_type, flag, counter
        position += size
        index += 1
