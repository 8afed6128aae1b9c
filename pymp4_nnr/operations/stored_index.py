"""The units of a track by the index of tensors in its file: its samples need not be read."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

from ..bitstream.codec import parse_unit
from ..bitstream.context import Context
from ..bitstream.ndu_description import Described
from ..bitstream.ndu_headers import CHANGES_HEADERS, describe
from ..bitstream.parsed_unit import ParsedUnit
from ..bitstream.tensor_names import ElementNames
from ..bitstream.tensor_table import TensorTable
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_parser import UnitParser
from ..errors import TensorIndexError
from ..movie.nnr_track import NNRTrack


class _Before(NamedTuple):
    """What the units before a sample say about it."""

    context: Context
    names: ElementNames


class IndexedUnit(Unit):
    """A sample as the index describes it; what is read of it is compared with that."""

    __slots__ = ("_before", "_expected")

    _before: _Before
    _expected: Described

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """As `Unit.read`.

        Raises:
            TensorIndexError: the sample is not what the index says.
        """
        data = Unit.read(self, start, stop)
        self.check(data if start == 0 else b"")
        return data

    def check(self, head: bytes = b"") -> None:
        """Compare the header of the sample with the index.

        Args:
            head: its first bytes, as far as they have been read.

        Raises:
            TensorIndexError: they differ.
            OSError, NNRError: the header cannot be read.
        """
        context, names = self._before
        parsed = parse_unit(_Begun(self, head), context)
        if describe(parsed, names.of(parsed)) != self._expected:
            raise TensorIndexError(
                "the sample is not what the tensor index in the file says",
                unit_index=self.index,
                offset=self.offset,
            )


class _Begun:
    """A unit of which the first bytes have been read."""

    def __init__(self, unit: Unit, head: bytes) -> None:
        self._unit = unit
        self._head = head
        self.size = unit.size

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        end = self.size if stop is None else stop
        return (
            self._head[start:end] if end <= len(self._head) else Unit.read(self._unit, start, end)
        )


def indexed_units(
    track: NNRTrack, table: TensorTable
) -> Iterator[tuple[Unit, int | None, ParsedUnit | Described]]:
    """Yield the units of a track, in the order of the bitstream.

    Args:
        track: the track.
        table: its index.

    Yields:
        The unit, its 1-based sample number or None, and what is known of it. Of the samples that
        the index describes nothing is read.

    Raises:
        NNRError: as `NNRTrack.units`.
    """
    parser, names = UnitParser(), ElementNames()
    before = _Before(copy(parser.context), copy(names))
    source = track.source
    ndu = int(NNRUnitType.NNR_NDU)

    def known(sample: int) -> tuple[int, int, int | None] | None:
        form = table.form(sample) if sample < len(table) else None
        if form is None:
            return None
        return ndu, form.independently_decodable_flag, form.partial_data_counter

    for index, (sample, offset, size, kind, flag, counter) in enumerate(track.headers(known)):
        described = None
        if sample is not None and sample <= len(table):
            described = table.described(sample - 1)
        if described is not None:
            unit = IndexedUnit(index, offset, size, kind, flag, counter, source)
            object.__setattr__(unit, "_before", before)
            object.__setattr__(unit, "_expected", described)
            yield unit, sample, described
            continue
        plain = Unit(index, offset, size, kind, flag, counter, source)
        parsed = parser.parse(plain)
        if kind in CHANGES_HEADERS:
            names.update(parsed)
            before = _Before(copy(parser.context), copy(names))
        yield plain, sample, parsed
