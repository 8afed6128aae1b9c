"""The units of a bitstream parsed one after the other, those that are the same once."""

from __future__ import annotations

from .codec import parse_unit
from .context import Context
from .parsed_unit import ParsedUnit
from .unit import NNRUnitType, Unit

_LONGEST = 64
"""Bytes of the longest unit that is known again."""

_REMEMBERED = 1 << 12
"""Units that are known again at most."""


class UnitParser:
    """Parses units in the order of their bitstream.

    Short units of the same bytes share their elements, which nobody may change therefore.

    Attributes:
        context: what the units so far say about the next one.
    """

    def __init__(self) -> None:
        self.context = Context()
        self._known: dict[bytes, ParsedUnit] = {}

    def parse(self, unit: Unit) -> ParsedUnit:
        """The next unit.

        Raises:
            OSError, NNRError: it cannot be read.
        """
        data = unit.read() if unit.size <= _LONGEST else b""
        known = self._known.get(data)
        if known is not None:
            return ParsedUnit(
                known.header,
                known.payload,
                known.payload_size,
                known.incomplete,
                known.data_offset,
                unit,
                known.malformed,
            )
        parsed = parse_unit(unit, self.context)
        if unit.nnr_unit_type in (NNRUnitType.NNR_STR, NNRUnitType.NNR_MPS):
            self.context.update(parsed)
            self._known.clear()
        elif data and len(self._known) < _REMEMBERED:
            self._known[data] = parsed
        return parsed
