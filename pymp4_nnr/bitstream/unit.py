"""An NNR unit in a bitstream: where it lies, and the part of its header that all types have."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from ..errors import TruncatedUnitError
from ..io.incoming import HeldSource
from ..io.source import Source


class NNRUnitType(IntEnum):
    """`nnr_unit_type` values that ISO/IEC 15938-17 defines."""

    NNR_STR = 0
    NNR_MPS = 1
    NNR_LPS = 2
    NNR_TPL = 3
    NNR_QNT = 4
    NNR_NDU = 5
    NNR_AGG = 6


FIRST_UNSPECIFIED_TYPE = 32


def unit_type_name(nnr_unit_type: int) -> str:
    """Name of a unit type: ``NNR_NDU``; ``NNR_RSVD_9`` (7..31); ``NNR_UNSP_40`` (32..63).

    Args:
        nnr_unit_type: 0..63.
    """
    if nnr_unit_type <= NNRUnitType.NNR_AGG:
        return NNRUnitType(nnr_unit_type).name
    kind = "RSVD" if nnr_unit_type < FIRST_UNSPECIFIED_TYPE else "UNSP"
    return f"NNR_{kind}_{nnr_unit_type}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One NNR unit of a bitstream (ISO/IEC 15938-17, `nnr_unit()`).

    Attributes:
        index: 0-based place in the bitstream.
        offset: byte offset of its first byte (the size field) in the bitstream.
        size: `nnr_unit_size`, in bytes, the size field included.
        nnr_unit_type: 0..63, see `NNRUnitType`.
        independently_decodable_flag: 0 or 1.
        partial_data_counter: 0..255, or None where the unit has none.
    """

    index: int
    offset: int
    size: int
    nnr_unit_type: int
    independently_decodable_flag: int
    partial_data_counter: int | None
    _source: Source = field(compare=False)

    @property
    def _origin(self) -> Any:
        """What it has in common with other units: where its bytes are read."""
        return self._source

    @property
    def type_name(self) -> str:
        """Name of the type, see `unit_type_name`."""
        return unit_type_name(self.nnr_unit_type)

    @property
    def is_ndu(self) -> bool:
        """Whether this is an NNR_NDU: compressed data, a sample of the track."""
        return self.nnr_unit_type == NNRUnitType.NNR_NDU

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the unit's bytes from `start` up to `stop` (default: all of them).

        Raises:
            TruncatedUnitError: the file has been shortened since it was split.
            MediaError: it has been closed.
            OSError: it cannot be read.
        """
        stop = self.size if stop is None else min(stop, self.size)
        data = self._source.read(self.offset + start, max(stop - start, 0))
        if len(data) != max(stop - start, 0):
            raise TruncatedUnitError(
                f"the file has been shortened while it was read: {stop} bytes of the unit are "
                f"needed, {start + len(data)} are there",
                unit_index=self.index,
                offset=self.offset,
            )
        return data

    @property
    def data(self) -> bytes:
        """The whole unit, size field included."""
        return self.read()

    def __reduce__(self) -> Any:
        """It is pickled with its bytes."""
        held = HeldSource(self.offset, self.read())
        told = self.index, self.offset, self.size, self.nnr_unit_type
        return Unit, (*told, self.independently_decodable_flag, self.partial_data_counter, held)

    def __bytes__(self) -> bytes:
        return self.read()

    def __repr__(self) -> str:
        place = f"{self.size} bytes at offset {self.offset}"
        return f"<Unit {self.index}: {self.type_name}, {place}>"
