"""The boxes of NNR tracks: the sample entry `nnr1` and the configuration box `nnrC` in it.

class NNRSampleEntry() extends SampleEntry('nnr1') {
   NNRConfigurationBox config;
   Box other[];
}
class NNRConfigurationBox extends FullBox('nnrC', version = 0, flags) {
   while (bytes remain) {
      if (flags & 0x000001) unsigned int(32) sample_position;
      NNRUnit unit;
   }
}
"""

from __future__ import annotations

from bisect import bisect_right
from copy import copy
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from construct import (
    Construct,
    Container,
    Default,
    Int24ub,
    ListContainer,
)

from ...bitstream.placed_units import PlacedUnits
from ...bitstream.unit import NNRUnitType, unit_type_name
from ...bitstream.unit_header import MAX_HEADER_SIZE, read_unit_header
from ...errors import BitstreamError, BoxBuildError, BoxParseError
from ..constructs.arrays import each
from ..constructs.containers import Fields, new_container, restore_container
from ..constructs.full_box import FullBox
from ..constructs.lazy_lists import SeenRows
from ..constructs.optional import Derived
from ..reader import window_on
from ..registry import CHILDREN, box, sample_entry

if TYPE_CHECKING:
    from ...bitstream.context import Context
    from ...bitstream.parsed_unit import ParsedUnit

SAMPLE_POSITIONS_PRESENT = 0x000001
"""Flag of `nnrC`: each unit is preceded by its `sample_position`."""

_SHORT, _REMEMBERED = 64, 1 << 10
"""Bytes of the longest unit that is parsed once where it is there again, and how many are."""

_CONTEXT_UNITS = (NNRUnitType.NNR_STR, NNRUnitType.NNR_MPS)
"""Types of the units that `Context.update` looks at."""


class UnitContainer(Fields):
    """A unit of `nnrC`, whose syntax elements are read when they are first looked at.

    Fields:
        sample_position: with flag 0x000001 only.
        offset: byte offset of the unit in the file.
        nnr_unit_type: its name; nnr_unit_size, independently_decodable_flag,
            partial_data_counter (or None): as in the unit.
        header, payload: every element, by the names of ISO/IEC 15938-17 (see
            `bitstream.ParsedUnit`); payload is None where it has no known elements.
        incomplete: why they do not hold every element, or None.
        data: the bytes of the unit, which are what a box is built from.
    """

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        if isinstance(value, _Unread):
            value = value.read()
            dict.__setitem__(self, key, value)
        return value

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return restore_container, (type(self), list(self.items()))

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def pop(self, key: str, *default: Any) -> Any:
        if key in self:
            value = self[key]
            del self[key]
            return value
        if default:
            return default[0]
        raise KeyError(key)


class _Syntax:
    """The elements of the units of one box, each in the context of those before it.

    The parser and its bitstring are imported when the first element is looked at: whoever only
    moves units about does not need them.

    Args:
        units: the units, to which more may be added.
    """

    def __init__(self, units: PlacedUnits) -> None:
        self.units = units
        self._contexts: list[tuple[int, Context]] = []
        self._seen = 0
        self._last: tuple[int, ParsedUnit] | None = None
        self._known: dict[tuple[int, bytes], ParsedUnit] = {}  # by context, which stays, and bytes

    def parsed(self, index: int) -> ParsedUnit:
        """The unit with this 0-based index."""
        from ...bitstream.codec import parse_unit

        if self._last is None or self._last[0] != index:
            data, context = self.units.unit(index), self._before(index)
            key = id(context), data
            parsed = self._known.get(key)
            if parsed is None:
                parsed = parse_unit(data, context)
                if len(data) <= _SHORT and len(self._known) < _REMEMBERED:
                    self._known[key] = parsed
            self._last = index, parsed
        return self._last[1]

    def encoded(self, unit: Any) -> bytes:
        """A unit from its elements, in the context of all `units`."""
        from ...bitstream.codec import encode_unit

        header = _plain(unit["header"])
        header.pop("nnr_unit_size", None)
        context = self._before(len(self.units))
        return encode_unit({"header": header, "payload": _plain(unit.get("payload"))}, context)

    def _before(self, index: int) -> Context:
        """What the units before one say about it: some units change what those before them said."""
        from ...bitstream.codec import parse_unit
        from ...bitstream.context import Context

        contexts = self._contexts = self._contexts or [(0, Context())]
        for place in range(self._seen, index):
            if read_unit_header(self.units.unit(place))[1] in _CONTEXT_UNITS:
                context = copy(contexts[-1][1])
                context.update(parse_unit(self.units.unit(place), context))
                if context != contexts[-1][1]:
                    contexts.append((place + 1, context))
        self._seen = max(self._seen, index)
        return contexts[bisect_right(contexts, index, key=itemgetter(0)) - 1][1]


class _Unread(NamedTuple):
    """Stands for a field of a `UnitContainer` that nobody has looked at."""

    syntax: _Syntax
    place: int
    name: str

    def read(self) -> Any:
        return _contained(getattr(self.syntax.parsed(self.place), self.name))


def _contained(value: Any) -> Any:
    """Elements as construct gives and prints them."""
    if isinstance(value, dict):
        return Fields((name, _contained(item)) for name, item in value.items())
    if isinstance(value, list):
        return ListContainer(_contained(item) for item in value)
    return value


def _plain(value: Any) -> Any:
    """Elements as the bitstream layer takes them."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


class _Source(NamedTuple):
    """What the units of a `UnitList` are made from.

    Attributes:
        placed: the units as they are stored.
        syntax: their elements.
        seen: those that were looked at, by index. They may have been changed, and count as they
            are.
    """

    placed: PlacedUnits
    syntax: _Syntax
    seen: dict[int, UnitContainer]

    @property
    def length(self) -> int:
        """How many units there are."""
        return len(self.placed)


class UnitList(SeenRows, ListContainer):
    """The units of `nnrC`: `UnitContainer`s, of which only those looked at exist.

    Attributes:
        placed: the units as they were parsed.
        with_positions: whether each has a `sample_position`.
    """

    __slots__ = ("placed", "with_positions")

    stands_for = ListContainer

    def __init__(self, placed: PlacedUnits, *, with_positions: bool) -> None:
        super().__init__(_Source(placed, _Syntax(placed), {}))
        self.placed = placed
        self.with_positions = with_positions

    @property
    def is_untouched(self) -> bool:
        """Whether the units are those that were parsed: nobody can have changed one."""
        return self.source is not None and not self.source.seen

    def make(self, source: _Source, index: int) -> UnitContainer:
        position, data = source.placed[index]
        size, kind, flag, counter = read_unit_header(data)
        elements = ("header", "payload", "incomplete")
        fields = {
            **({"sample_position": position} if self.with_positions else {}),
            "offset": source.placed.offset(index),
            "nnr_unit_type": unit_type_name(kind),
            "nnr_unit_size": size,
            "independently_decodable_flag": flag,
            "partial_data_counter": counter,
            **{name: _Unread(source.syntax, index, name) for name in elements},
            "data": data,
        }
        unit: UnitContainer = new_container(fields, UnitContainer, may_hide=False)
        return unit


class ConfigurationUnits(Construct):
    """The units of `nnrC`, as `UnitContainer`s.

    Building takes for each unit
    - what parsing gave, or any dict with `data`: its bytes. The other fields are not looked at,
      but for `sample_position`: who changes a unit changes `data`, or leaves it out.
    - a dict without `data`: the unit is made from its `header` and `payload`, as by
      `bitstream.encode_unit`, in the context of the units before it. `nnr_unit_size` and all
      that follows from other elements may be left out.
    - just the bytes of the unit.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> UnitList:
        window = window_on(stream)
        gap = 4 if context["flags"] & SAMPLE_POSITIONS_PRESENT else 0
        units = PlacedUnits(window.tell(), gap)
        while window.remaining:
            position = int.from_bytes(window.read(gap))
            try:
                size, *_ = read_unit_header(
                    window.peek(MAX_HEADER_SIZE), 0, len(units), window.tell()
                )
            except BitstreamError as error:
                raise BoxParseError(str(error)) from error
            if size > window.remaining:
                raise BoxParseError(
                    f"unit {len(units)} has {size} bytes, {window.remaining} are left"
                )
            units.append(position, window.read(size))
        return UnitList(units, with_positions=bool(gap))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        positions = context["flags"] & SAMPLE_POSITIONS_PRESENT
        if isinstance(obj, UnitList) and obj.is_untouched and obj.with_positions == positions:
            for at, data in obj.placed:
                stream.write(at.to_bytes(4) + data if positions else data)
            return
        before = PlacedUnits()
        syntax = _Syntax(before)
        for index, unit in enumerate(each(obj)):
            plain = isinstance(unit, (bytes, bytearray, memoryview))
            if plain or unit.get("data") is not None:
                data = bytes(unit if plain else unit["data"])
            else:
                data = _encoded(unit, syntax, index)
            before.append(0, data)
            position = None if plain else unit.get("sample_position")
            try:
                size, *_ = read_unit_header(data, 0, index, 0)
            except BitstreamError as error:
                raise BoxBuildError(f"unit {index}: {error.reason}") from error
            if size != len(data):
                raise BoxBuildError(
                    f"unit {index}: nnr_unit_size is {size}, the unit has {len(data)} bytes"
                )
            if positions:
                if position is None:
                    raise BoxBuildError(f"unit {index}: flag 0x000001 asks for a sample_position")
                stream.write(position.to_bytes(4))
            elif position is not None:
                raise BoxBuildError(f"unit {index}: a sample_position needs flag 0x000001")
            stream.write(data)


def _encoded(unit: Any, syntax: _Syntax, index: int) -> bytes:
    """A unit from its elements."""
    if unit.get("header") is None:
        raise BoxBuildError(f"unit {index} has neither data nor header")
    if unit.get("incomplete") is not None:
        raise BoxBuildError(f"unit {index} is incomplete ({unit['incomplete']}): it needs data")
    try:
        return syntax.encoded(unit)
    except BitstreamError as error:
        raise BoxBuildError(f"unit {index}: {error.reason}") from error


def _flags(context: Container) -> int:
    units = context.get("units") or ()
    if isinstance(units, UnitList) and units.is_untouched:
        return SAMPLE_POSITIONS_PRESENT if units.with_positions else 0
    needed = any(isinstance(unit, dict) and "sample_position" in unit for unit in units)
    return SAMPLE_POSITIONS_PRESENT if needed else 0


box(
    b"nnrC",
    body=FullBox("units" / Default(ConfigurationUnits(), []), flags=Derived(Int24ub, _flags)),
)
sample_entry(b"nnr1", fields=("children" / Default(CHILDREN, []),))
