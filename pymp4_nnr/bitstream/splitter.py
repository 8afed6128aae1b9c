"""The NNR unit splitter: from bytes to units, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..errors import (
    EmptyBitstreamError,
    TrailingBytesError,
    TruncatedUnitError,
    UnitSizeError,
)
from ..io.source import Source, SourceLike, open_source
from .bits import BitReader
from .unit import Unit

MIN_UNIT_SIZE = 3
"""Bytes of the smallest unit: a short size field and a unit header of one byte."""

MAX_HEADER_SIZE = 6
"""Bytes of the longest size field (4) and common unit header (2)."""

_WINDOW = 1 << 16
"""Bytes that the fast walk reads at once, as long as the units are smaller than that."""


class UnitHeader(NamedTuple):
    """The part of a unit that all types share: `nnr_unit_size()` and the start of the header.

    Attributes:
        nnr_unit_size_flag: 0: the size field has 2 bytes; 1: it has 4.
        nnr_unit_size: bytes of the whole unit.
        header_size: bytes read here: the size field, the types and flags, the counter.
    """

    nnr_unit_size_flag: int
    nnr_unit_size: int
    nnr_unit_type: int
    independently_decodable_flag: int
    partial_data_counter: int | None
    header_size: int


def read_unit_header(data: bytes, *, unit_index: int = 0, offset: int = 0) -> UnitHeader:
    """Read `nnr_unit_size()` and the common part of `nnr_unit_header()` with bitstring.

    Args:
        data: the unit, or at least its first `MAX_HEADER_SIZE` bytes where there are as many.
        unit_index: 0-based index of the unit, for errors.
        offset: byte offset of the unit, for errors.

    Raises:
        TrailingBytesError: fewer bytes than the smallest unit has, and no wrong size in them.
        UnitSizeError: `nnr_unit_size` does not even cover its own field and the unit header.
        TruncatedUnitError: the data ends within the header.
    """
    head = data[:MAX_HEADER_SIZE]
    bits = BitReader(lambda start, stop: head[start:stop], len(head))

    def check(size: int, header_size: int) -> None:
        place: dict[str, Any] = {"unit_index": unit_index, "offset": offset}
        if size < header_size:
            raise UnitSizeError(
                f"nnr_unit_size is {size}, its size field and header have {header_size} bytes",
                **place,
            )
        if len(head) < MIN_UNIT_SIZE:
            raise TrailingBytesError(
                f"{len(head)} trailing byte(s) are too few for a unit", **place
            )
        if len(head) < header_size:
            raise TruncatedUnitError("the data ends within the unit header", **place)

    size_flag = bits.u(1) if head else 0
    header_size = 5 if size_flag else MIN_UNIT_SIZE
    # A size that cannot be read cannot be wrong.
    whole = len(head) >= header_size - 1
    size = bits.u(31 if size_flag else 15) if whole else header_size
    check(size, header_size)
    unit_type = bits.u(6)
    independently_decodable = bits.u(1)
    counter_present = bits.u(1)
    header_size += counter_present
    check(size, header_size)
    counter = bits.u(8) if counter_present else None
    return UnitHeader(size_flag, size, unit_type, independently_decodable, counter, header_size)


def plain_header(
    data: bytes, at: int, unit_index: int, offset: int
) -> tuple[int, int, int, int | None]:
    """The same by plain integer arithmetic: for millions of units.

    Args:
        data: bytes that hold the unit's header.
        at: where in them the unit starts.
        unit_index, offset: as `read_unit_header`.

    Returns:
        nnr_unit_size, nnr_unit_type, independently_decodable_flag, partial_data_counter.

    Raises:
        BitstreamError: as `read_unit_header`, which says what is out of order.
    """
    try:
        size = data[at] << 8 | data[at + 1]
        header_size = 3
        if size & 0x8000:
            size = (size & 0x7FFF) << 16 | data[at + 2] << 8 | data[at + 3]
            header_size = 5
        flags = data[at + header_size - 1]
        if flags & 1:
            if size > header_size:
                return size, flags >> 2, flags >> 1 & 1, data[at + header_size]
        elif size >= header_size:
            return size, flags >> 2, flags >> 1 & 1, None
    except IndexError:
        pass
    read_unit_header(data[at:], unit_index=unit_index, offset=offset)
    raise AssertionError("the two readers of unit headers disagree")


def walk(source: Source) -> Iterator[tuple[int, int, int, int, int | None]]:
    """Yield (offset, size, nnr_unit_type, independently_decodable_flag, partial_data_counter).

    The same walk as `split`, without an object and a bit reader for each unit.

    Raises:
        BitstreamError: as `split`.
    """
    end = source.size
    if end == 0:
        raise EmptyBitstreamError("the bitstream is empty", offset=0)
    position = index = start = size = 0
    window = source.read(0, _WINDOW)
    last = len(window) - MAX_HEADER_SIZE
    while position < end:
        at = position - start
        if at > last and start + len(window) < end:
            source.passed(position)
            start, at = position, 0
            # Behind a unit as large as the window, more than a header is likely not wanted.
            near = size < _WINDOW
            window = source.read(position, _WINDOW if near else MAX_HEADER_SIZE)
            last = len(window) - MAX_HEADER_SIZE
        size, unit_type, flag, counter = plain_header(window, at, index, position)
        if position + size > end:
            raise TruncatedUnitError(
                f"nnr_unit_size is {size}, {end - position} bytes are left",
                unit_index=index,
                offset=position,
            )
        yield position, size, unit_type, flag, counter
        position += size
        index += 1


def split(source: SourceLike | Source) -> Iterator[Unit]:
    """Split an NNR bitstream into its units, lazily and in order.

    Args:
        source: a path, a buffer, or a binary file object (read from its current position; one
            that cannot seek is first copied to a temporary file). Files are memory-mapped,
            never read whole. They stay open as long as a unit of them is in use.

    Yields:
        Each unit; its bytes are read when asked for.

    Raises:
        EmptyBitstreamError: there is no byte.
        UnitSizeError: a size is 0 or smaller than the size field and the unit header.
        TruncatedUnitError: a unit runs past the end.
        TrailingBytesError: the last bytes are too few for a unit.
        OSError: the file cannot be read.
    """
    opened = open_source(source)
    end = opened.size
    if end == 0:
        raise EmptyBitstreamError("the bitstream is empty", offset=0)
    position = index = 0
    while position < end:
        header = read_unit_header(
            opened.read(position, MAX_HEADER_SIZE), unit_index=index, offset=position
        )
        if position + header.nnr_unit_size > end:
            raise TruncatedUnitError(
                f"nnr_unit_size is {header.nnr_unit_size}, {end - position} bytes are left",
                unit_index=index,
                offset=position,
            )
        yield Unit(
            index,
            position,
            header.nnr_unit_size,
            header.nnr_unit_type,
            header.independently_decodable_flag,
            header.partial_data_counter,
            opened,
        )
        position += header.nnr_unit_size
        index += 1
        opened.passed(position)
