"""The NNR unit splitter: from bytes to units, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
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
        NotBitstreamError: it is an MP4 file.
        UnitSizeError: a size is 0 or smaller than the size field and the unit header.
        TruncatedUnitError: a unit runs past the end.
        TrailingBytesError: the last bytes are too few for a unit.
        MediaError: `source` is not a source, or has been shortened since it was opened.
        OSError: the file cannot be read.
    """
    opened = open_source(source)
    for index, (offset, size, unit_type, flag, counter) in enumerate(
        walk(opened, _bitstring_reader())
    ):
        yield Unit(index, offset, size, unit_type, flag, counter, opened)


_FORMS = ("u1, u15, u6, u1, u1", "u1, u31, u6, u1, u1")
"""The elements at the start of a unit by `nnr_unit_size_flag`: it, `nnr_unit_size`,
`nnr_unit_type`, `independently_decodable_flag`, `partial_data_counter_present_flag`."""


def _bitstring_reader() -> HeaderReader:
    """A `HeaderReader` that reads headers with one bitstring `Reader` for a whole window.

    A header that it cannot read is left to `read_unit_header`, which says what is wrong with it.
    """
    window = b""
    reader = Reader(Bits())
    form = 0  # of the last unit: most have the form of the one before

    def read(data: bytes, at: int, unit_index: int, offset: int) -> HeaderElements:
        nonlocal window, reader, form
        if data is not window:
            window, reader = data, Reader(Bits.from_bytes(data))
        try:
            reader.pos = at * 8
            elements = reader.read_list(_FORMS[form])
            if elements[0] != form:
                form = 1 - form
                reader.pos = at * 8
                elements = reader.read_list(_FORMS[form])
            # What is read as u(n) is an integer.
            _, size, unit_type, independently_decodable, present = cast("list[int]", elements)
            counter = cast("int", reader.read_value("u8")) if present else None
        except ReadError:  # the data ends within the header, or within the other form of it
            return read_unit_header(data, at, unit_index, offset)
        if size < 3 + 2 * form + present:  # bytes of the size field and the header
            return read_unit_header(data, at, unit_index, offset)
        return size, unit_type, independently_decodable, counter

    return read
