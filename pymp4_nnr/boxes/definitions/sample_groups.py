"""Groups of samples, their dependencies and sub-samples (ISO/IEC 14496-12, 8.6.4, 8.7.7, 8.9)."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, Int16ub, Int32ub, ListContainer

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted
from ..constructs.bits import Bits
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox, by_version, flag, from_version
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.when import When
from ..reader import window_on
from ..registry import box

DEPENDENCY = Bits(
    ("is_leading", 2),
    ("sample_depends_on", 2),
    ("sample_is_depended_on", 2),
    ("sample_has_redundancy", 2),
)


# 8.6.4.
box(b"sdtp", body=FullBox("entries" / Default(Table(DEPENDENCY), [])))

# 8.9.2.
box(
    b"sbgp",
    body=FullBox(
        "grouping_type" / FourCC(),
        "grouping_type_parameter" / When(from_version(1), Int32ub),
        "entries"
        / Counted(Int32ub, Table(("sample_count", "I"), ("group_description_index", "I"))),
        versions=(0, 1),
    ),
)


class Patterns(Construct):
    """The patterns of `csgp`: fields of 4, 8, 16 or 32 bits, as its size codes say.

    With codes of 0 two fields share a byte; after an odd number of them, four bits are reserved.
    """

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        count = int.from_bytes(window.read(4))
        widths = self._widths(context)
        start, left = window.tell(), window.remaining * 8
        if count * (widths[0] + widths[1]) > left:
            raise BoxParseError(f"{count} patterns do not fit {window.remaining} bytes")
        data, position = window.read(), 0

        def take(width: int) -> int:
            nonlocal position
            if position + width > left:
                raise BoxParseError("the patterns are cut off")
            first, last = position // 8, (position + width + 7) // 8
            value = int.from_bytes(data[first:last]) >> last * 8 - position - width
            position += width
            return value & (1 << width) - 1

        patterns = ListContainer()
        for _ in range(count):
            pattern = Container(pattern_length=take(widths[0]))
            pattern["sample_count"] = take(widths[1])
            patterns.append(pattern)
        for pattern in patterns:
            length = pattern.pop("pattern_length")
            pattern["sample_group_description_index"] = ListContainer(
                take(widths[2]) for _ in range(length)
            )
        if position % 8 and take(4):
            raise BoxParseError("the reserved bits after the patterns are not 0")
        window.seek(start + position // 8)
        return patterns

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        patterns = list(obj)
        widths = self._widths(context)
        fields = []
        for pattern in patterns:
            fields.append((len(pattern["sample_group_description_index"]), widths[0]))
            fields.append((pattern["sample_count"], widths[1]))
        for pattern in patterns:
            fields += [(index, widths[2]) for index in pattern["sample_group_description_index"]]
        nibbles = []
        for value, width in fields:
            if not 0 <= value < 1 << width:
                raise BoxBuildError(f"{value} does not fit {width} bits")
            nibbles.append(f"{value:0{width // 4}x}")
        text = "".join(nibbles)
        stream.write(len(patterns).to_bytes(4) + bytes.fromhex(text + "0" * (len(text) % 2)))

    def _widths(self, context: Container) -> list[int]:
        return [(4, 8, 16, 32)[context["flags"] >> shift & 3] for shift in (4, 2, 0)]


# 8.9.5. The size codes are in the flags, as is whether there is a parameter.
box(
    b"csgp",
    body=FullBox(
        "grouping_type" / FourCC(),
        "grouping_type_parameter" / When(flag(0x40), Int32ub),
        "patterns" / Patterns(),
    ),
)

# 8.7.7.
_SUBSAMPLE = (("subsample_priority", "B"), ("discardable", "B"))
_PARAMETERS = ("codec_specific_parameters", "I")
box(
    b"subs",
    body=FullBox(
        "entries"
        / Counted(
            Int32ub,
            Struct(
                "sample_delta" / Int32ub,
                "subsamples"
                / by_version(
                    Counted(Int16ub, Table(("subsample_size", "H"), *_SUBSAMPLE, _PARAMETERS)),
                    Counted(Int16ub, Table(("subsample_size", "I"), *_SUBSAMPLE, _PARAMETERS)),
                    levels=1,
                ),
            ),
            minimum_size=6,
        ),
        versions=(0, 1),
    ),
)
