"""The start of a unit, which all types share: its size, its type, two flags, a counter."""

from __future__ import annotations

from ..errors import BitstreamError, TrailingBytesError, TruncatedUnitError, UnitSizeError

MIN_UNIT_SIZE = 3
"""Bytes of the smallest unit: a short size field and a unit header of one byte."""

MAX_HEADER_SIZE = 6
"""Bytes of the longest size field (4) and common unit header (2)."""


def read_unit_header(
    data: bytes, at: int = 0, unit_index: int = 0, offset: int = 0
) -> tuple[int, int, int, int | None]:
    """Read `nnr_unit_size()` and the common part of `nnr_unit_header()` (ISO/IEC 15938-17).

    By plain integer arithmetic, because it is done for millions of units.

    Args:
        data: bytes that hold the header: up to `MAX_HEADER_SIZE` bytes, as many as there are.
        at: where in them the unit starts.
        unit_index: 0-based index of the unit, for errors.
        offset: byte offset of the unit in its file, for errors.

    Returns:
        nnr_unit_size in bytes, nnr_unit_type, independently_decodable_flag, and
        partial_data_counter or None.

    Raises:
        UnitSizeError: nnr_unit_size does not even cover its own field and the unit header.
        TrailingBytesError: there are fewer bytes than the smallest unit has.
        TruncatedUnitError: the data ends within the header. A size field that is cut off is
            truncated, whatever size its bytes begin.
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
    raise _fault(data[at : at + MAX_HEADER_SIZE], unit_index, offset)


def _fault(head: bytes, unit_index: int, offset: int) -> BitstreamError:
    """What is wrong with bytes that are no unit header."""
    long = bool(head) and head[0] >= 0x80
    size_field = 4 if long else 2
    header_size = size_field + 1
    if len(head) >= size_field:
        size = int.from_bytes(head[:size_field]) & (0x7FFFFFFF if long else 0x7FFF)
        if len(head) >= header_size:
            header_size += head[header_size - 1] & 1  # the partial data counter
        if size < header_size:
            return UnitSizeError(
                f"nnr_unit_size is {size}, its size field and header have {header_size} bytes",
                unit_index=unit_index,
                offset=offset,
            )
    if len(head) < MIN_UNIT_SIZE:
        return TrailingBytesError(
            f"{len(head)} trailing byte(s) are too few for a unit",
            unit_index=unit_index,
            offset=offset,
        )
    return TruncatedUnitError(
        "the data ends within the unit header", unit_index=unit_index, offset=offset
    )
