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

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    GreedyBytes,
    Int8ub,
    Int24ub,
    ListContainer,
    Struct,
)

from ...bitstream import read_unit_header, unit_type_name
from ...errors import BitstreamError, BoxBuildError, BoxParseError
from ..kit import Derived
from ..registry import CHILDREN, box, sample_entry
from ..window import window_on

SAMPLE_POSITIONS_PRESENT = 0x000001
"""Flag of `nnrC`: each unit is preceded by its `sample_position`."""


class ConfigurationUnits(Construct):
    """The units of `nnrC`. Building takes what parsing gave, or just the bytes of each unit."""

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        positions = context["flags"] & SAMPLE_POSITIONS_PRESENT
        units = ListContainer()
        while window.remaining:
            unit = Container()
            if positions:
                unit["sample_position"] = int.from_bytes(window.read(4))
            start = window.tell()
            head = window.read(min(window.remaining, 6))
            window.seek(start)
            try:
                header = read_unit_header(head, unit_index=len(units), offset=start)
            except BitstreamError as error:
                raise BoxParseError(str(error)) from error
            if header.nnr_unit_size > window.remaining:
                raise BoxParseError(
                    f"unit {len(units)} has {header.nnr_unit_size} bytes, "
                    f"{window.remaining} are left"
                )
            unit["offset"] = start
            unit["nnr_unit_type"] = unit_type_name(header.nnr_unit_type)
            unit["nnr_unit_size"] = header.nnr_unit_size
            unit["independently_decodable_flag"] = header.independently_decodable_flag
            unit["partial_data_counter"] = header.partial_data_counter
            unit["data"] = window.read(header.nnr_unit_size)
            units.append(unit)
        return units

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        positions = context["flags"] & SAMPLE_POSITIONS_PRESENT
        for index, unit in enumerate(obj):
            plain = isinstance(unit, (bytes, bytearray, memoryview))
            data = bytes(unit if plain else unit["data"])
            position = None if plain else unit.get("sample_position")
            try:
                header = read_unit_header(data, unit_index=index)
            except BitstreamError as error:
                raise BoxBuildError(f"unit {index}: {error.reason}") from error
            if header.nnr_unit_size != len(data):
                raise BoxBuildError(
                    f"unit {index}: nnr_unit_size is {header.nnr_unit_size}, "
                    f"the unit has {len(data)} bytes"
                )
            if positions:
                if position is None:
                    raise BoxBuildError(f"unit {index}: flag 0x000001 asks for a sample_position")
                stream.write(position.to_bytes(4))
            elif position is not None:
                raise BoxBuildError(f"unit {index}: a sample_position needs flag 0x000001")
            stream.write(data)


class ConfigurationBody(Construct):
    """What follows the version and flags of `nnrC`: units, or raw bytes in a newer version."""

    _UNITS = Struct("units" / Default(ConfigurationUnits(), []))
    _NEWER = Struct("data" / Default(GreedyBytes, b""))

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        body = self._UNITS if context["version"] == 0 else self._NEWER
        window = window_on(stream)
        parsed: Container = body.subcons[0]._parse(window, context, path)
        return Container([(body.subcons[0].name, parsed)])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        body = (self._UNITS if context["version"] == 0 else self._NEWER).subcons[0]
        body._build(obj.get(body.name), stream, context, path)


def _flags(context: Container) -> int:
    units = context.get("units") or ()
    needed = any(isinstance(unit, dict) and "sample_position" in unit for unit in units)
    return SAMPLE_POSITIONS_PRESENT if needed else 0


box(
    b"nnrC",
    body=Struct(
        "version" / Default(Int8ub, 0),
        "flags" / Derived(Int24ub, _flags),
        ConfigurationBody(),
    ),
)
sample_entry(b"nnr1", fields=("children" / Default(CHILDREN, []),))
