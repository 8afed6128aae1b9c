"""The units of a bitstream whose bytes arrive one after the other."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from ..errors import EmptyBitstreamError, HeldSizeError, TruncatedUnitError
from ..io.incoming import HeldSource, Incoming
from .unit import Unit
from .unit_header import MAX_HEADER_SIZE, MIN_UNIT_SIZE, read_unit_header

UnitSteps: TypeAlias = Generator[int | Unit, None, None]
"""Yields units, and how many bytes are needed where the next one is not whole (see `Waiting`)."""


def held_unit(index: int, offset: int, data: bytes | bytearray) -> Unit:
    """A unit whose bytes are in memory.

    Args:
        index: 0-based place in the bitstream.
        offset: of its first byte in the stream.
        data: its bytes; `nnr_unit_size` is not compared with their number.

    Raises:
        BitstreamError: they do not begin as a unit does.
    """
    _, kind, flag, counter = read_unit_header(bytes(data[:MAX_HEADER_SIZE]), 0, index, offset)
    return Unit(index, offset, len(data), kind, flag, counter, HeldSource(offset, data))


def bitstream_units(incoming: Incoming, limit: int) -> UnitSteps:
    """The units of an NNR bitstream.

    Args:
        incoming: its bytes.
        limit: bytes of the largest unit that is held.

    Raises:
        BitstreamError: as `split`.
        HeldSizeError: a unit is larger than the limit.
    """
    index = 0
    while True:
        offset = incoming.position
        head = yield from incoming.peek(2)
        if head and head[0] & 0x80:
            head = yield from incoming.peek(4)
        if not head:
            if not index:
                raise EmptyBitstreamError("the bitstream is empty", offset=0)
            return
        size = nnr_unit_size(head)
        if size < MIN_UNIT_SIZE:  # or the size is cut off
            head = yield from incoming.peek(MAX_HEADER_SIZE)
            size = read_unit_header(head, 0, index, offset)[0]
        check_limit(size, limit, "the unit", index, offset)
        data = yield from incoming.take(size)
        if len(data) < size:
            raise TruncatedUnitError(
                f"nnr_unit_size is {size}, {len(data)} bytes are left",
                unit_index=index,
                offset=offset,
            )
        yield held_unit(index, offset, data)
        index += 1


def nnr_unit_size(head: bytes) -> int:
    """`nnr_unit_size` in the first 2 or 4 bytes of a unit; 0 where they are cut off."""
    if head[0] & 0x80:
        return int.from_bytes(head[:4]) & 0x7FFFFFFF if len(head) >= 4 else 0
    return int.from_bytes(head[:2]) if len(head) >= 2 else 0


def check_limit(size: int, limit: int, what: str, unit_index: int | None, offset: int) -> None:
    """Check that something is not too large to be held in memory.

    Raises:
        HeldSizeError: it is.
    """
    if size > limit:
        raise HeldSizeError(
            f"{what} has {size} bytes, which is beyond the limit of {limit}",
            unit_index=unit_index,
            offset=offset,
        )
