"""The NNR unit splitter: from bytes to units, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from bitstring import Bits, Reader, ReadError

from ..io.source import SourceLike, open_source
from .unit import Unit
from .unit_header import read_unit_header
from .unit_walk import HeaderElements, HeaderReader, walk


def split(source: SourceLike) -> Iterator[Unit]:
    """Split an NNR bitstream into its units, lazily and in order, with bitstring.

    Args:
        source: a path, a buffer, or a binary file object (read from its current position; one
            that cannot seek is first copied to a temporary file). A file is never read whole; it
            stays open as long as a unit of it is in use.

    Yields:
        Each unit; its bytes are read when asked for.

    Raises:
        EmptyBitstreamError: there is no byte.
        UnitSizeError: a size is 0 or smaller than the size field and the unit header.
        TruncatedUnitError: a unit runs past the end.
        TrailingBytesError: the last bytes are too few for a unit.
        MediaError: `source` is no source, or has been shortened since it was opened.
        OSError: the file cannot be read.
    """
    opened = open_source(source)
    for index, (offset, size, unit_type, flag, counter) in enumerate(
        walk(opened, _bitstring_reader())
    ):
        yield Unit(index, offset, size, unit_type, flag, counter, opened)


def _bitstring_reader() -> HeaderReader:
    """A `HeaderReader` that reads element by element with one bitstring `Reader` for a window.

    A header that it cannot read is left to `read_unit_header`, which says what is wrong with it.
    """
    window = b""
    reader = Reader(Bits())

    def read(data: bytes, at: int, unit_index: int, offset: int) -> HeaderElements:
        nonlocal window, reader
        if data is not window:
            window, reader = data, Reader(Bits.from_bytes(data))
        # What is read as u(n) is an integer.
        u = cast("Callable[[str], int]", reader.read_value)
        try:
            reader.pos = at * 8
            long = u("u1")
            size = u("u31") if long else u("u15")
            unit_type = u("u6")
            independently_decodable = u("u1")
            counter = u("u8") if u("u1") else None
        except ReadError:  # the data ends within the header
            return read_unit_header(data, at, unit_index, offset)
        if size < 3 + 2 * long + (counter is not None):  # the size field and the header
            return read_unit_header(data, at, unit_index, offset)
        return size, unit_type, independently_decodable, counter

    return read
