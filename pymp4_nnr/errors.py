"""Every error that pymp4-nnr raises: one tree, one class per family of fault.

An error says what is wrong and where. Where is given by whichever of `unit_index`, `box_path` and
`offset` applies; they stand in the message and, for programs, as attributes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


class NNRError(Exception):
    """Root of all errors of this package.

    Attributes:
        reason: what is wrong, without the place.
        unit_index: 0-based index of the NNR unit concerned, or None.
        box_path: path of the box concerned, such as ``moov/trak[1]/mdia``, or None.
        offset: byte offset of the fault in its file or bitstream, or None.
        file: path of the file, where several are read and it is known; else None.
    """

    file: str | None = None

    def __init__(
        self,
        reason: str,
        *,
        unit_index: int | None = None,
        box_path: str | None = None,
        offset: int | None = None,
    ) -> None:
        self.reason = reason
        self.unit_index = unit_index
        self.box_path = box_path
        self.offset = offset
        super().__init__(reason)

    def __str__(self) -> str:
        where = []
        if self.file is not None:
            where.append(self.file)
        if self.unit_index is not None:
            where.append(f"unit {self.unit_index}")
        if self.box_path:
            where.append(self.box_path)
        if self.offset is not None:
            where.append(f"byte offset {self.offset}")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason


@contextmanager
def in_file(file: object) -> Iterator[None]:
    """Have errors raised inside tell that they are about `file`, if that is a path."""
    try:
        yield
    except NNRError as error:
        if error.file is None and isinstance(file, (str, os.PathLike)):
            error.file = str(os.fspath(file))
        raise


# --- NNR bitstreams -------------------------------------------------------------------------


class BitstreamError(NNRError):
    """A sequence of bytes is not a sequence of NNR units."""


class EmptyBitstreamError(BitstreamError):
    """There is no byte, hence no unit."""


class UnitSizeError(BitstreamError):
    """`nnr_unit_size` is too small for the size field and the unit header."""


class TruncatedUnitError(BitstreamError):
    """A unit runs past the end of the data."""


class TrailingBytesError(BitstreamError):
    """The bytes after the last unit are too few to be a unit."""


class SyntaxElementError(BitstreamError):
    """A syntax element cannot be read from the bits that are there, or written from its value."""


class TensorNotFoundError(BitstreamError):
    """No unit carries the tensor asked for, or there is no such sample."""


# --- boxes ----------------------------------------------------------------------------------


class HostError(NNRError):
    """pymp4 or construct does not have the structure that registration relies on."""


class BoxError(NNRError):
    """A box cannot be read or written."""


class BoxParseError(BoxError):
    """Bytes are not a box, or the box is cut off."""


class BoxBuildError(BoxError):
    """An object cannot be built into a box."""


# --- files and tracks -----------------------------------------------------------------------


class MediaError(NNRError):
    """A file cannot be read or written as asked."""


class FileFormatError(MediaError):
    """A file is not what it should be: not ISOBMFF, not an NNR bitstream, or broken."""


class TrackError(MediaError):
    """There is no such track, or more than one where one is needed."""


class SampleTableError(MediaError):
    """The sample tables or fragments of a track contradict themselves or the file."""


class LimitError(MediaError):
    """Something does not fit the format's fields, such as `nnrC` beyond 32 bits."""


class OutputError(MediaError):
    """An output may not be written: it exists, or it is the input."""


# --- the codec ------------------------------------------------------------------------------


class CodecError(NNRError):
    """The NNC codec cannot decode these units, or cannot encode these tensors."""


class CodecMissingError(CodecError):
    """The NNC codec, or what it needs, is not installed."""


class DecodedSizeError(CodecError):
    """Decoding would take more memory than the caller allows, or than the codec can address."""
