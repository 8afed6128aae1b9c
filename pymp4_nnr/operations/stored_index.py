"""The units of a track by the index of tensors in its file: its samples need not be read."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

from ..bitstream.indexed_unit import IndexedOrigin, IndexedUnit
from ..bitstream.ndu_description import Described
from ..bitstream.ndu_headers import CHANGES_HEADERS
from ..bitstream.parsed_unit import ParsedUnit
from ..bitstream.tensor_names import ElementNames
from ..bitstream.tensor_table import TensorTable
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_parser import UnitParser
from ..movie.nnr_track import NNRTrack


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
    source = track.source
    origin = IndexedOrigin(source, copy(parser.context), copy(names))
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
            yield IndexedUnit.described(index, offset, size, described, origin), sample, described
            continue
        plain = Unit(index, offset, size, kind, flag, counter, source)
        parsed = parser.parse(plain)
        if kind in CHANGES_HEADERS:
            names.update(parsed)
            origin = IndexedOrigin(source, copy(parser.context), copy(names))
        yield plain, sample, parsed
