"""Groups of samples, their dependencies and sub-samples (ISO/IEC 14496-12, 8.6.4, 8.7.7, 8.9)."""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

from construct import Construct, Container, Default, Int16ub, Int32ub, ListContainer

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted, each
from ..constructs.bits import Bits
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox, by_version, flag, from_version
from ..constructs.lazy_lists import SeenRows
from ..constructs.struct_rows import FEW_ROWS
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


class _PatternSource(NamedTuple):
    """What patterns are made from.

    Attributes:
        digits: the patterns as hexadecimal digits: each field has one or several.
        widths: digits of `pattern_length`, `sample_count` and an index.
        starts: of each pattern, where its indices begin in `digits`; and where the last ends.
        seen: those that were looked at, by index.
    """

    digits: str
    widths: tuple[int, int, int]
    starts: array[int]
    seen: dict[int, Any]

    @property
    def length(self) -> int:
        """How many patterns there are."""
        return len(self.starts) - 1


class PatternRows(SeenRows, ListContainer):
    """Patterns, of which those exist as objects that are looked at."""

    __slots__ = ()

    stands_for = ListContainer

    def make(self, source: _PatternSource, index: int) -> Container:
        digits, (first, second, width), starts, _ = source
        at = index * (first + second) + first
        places = range(starts[index], starts[index + 1], width)
        indices = ListContainer(int(digits[place : place + width], 16) for place in places)
        return Container(
            [
                ("sample_count", int(digits[at : at + second], 16)),
                ("sample_group_description_index", indices),
            ]
        )

    def digits_for(self, widths: tuple[int, int, int]) -> str | None:
        """All patterns as they are in the file, unless one was looked at or fields have others."""
        source = self.source
        if source is None or source.seen or source.widths != widths:
            return None
        return str(source.digits[: source.starts[-1]])

    def __str__(self) -> str:
        return str(ListContainer(self.peek()))


class Patterns(Construct):
    """The patterns of `csgp`: fields of 4, 8, 16 or 32 bits, as its size codes say.

    With codes of 0 two fields share a byte; after an odd number of them, four bits are reserved.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        count = int.from_bytes(window.read(4))
        first, second, width = widths = self._widths(context)
        digits = window.peek(window.remaining).hex()
        end = count * (first + second)
        if end > len(digits):
            raise BoxParseError(f"{count} patterns do not fit {window.remaining} bytes")
        starts = array("Q", [end])
        for at in range(0, end, first + second):
            end += int(digits[at : at + first], 16) * width
            starts.append(end)
        if end > len(digits):
            raise BoxParseError("the patterns are cut off")
        if end % 2 and digits[end] != "0":
            raise BoxParseError("the reserved bits after the patterns are not 0")
        window.take((end + 1) // 2)
        rows = PatternRows(_PatternSource(digits, widths, starts, {}))
        return rows if count > FEW_ROWS else ListContainer(rows)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        patterns = obj if hasattr(obj, "__len__") else list(obj)
        first, second, width = widths = self._widths(context)
        known = patterns.digits_for(widths) if isinstance(patterns, PatternRows) else None
        heads: list[str] = []
        indices: list[str] = []
        for pattern in each(patterns) if known is None else ():
            own = pattern["sample_group_description_index"]
            heads += (_digits(len(own), first), _digits(pattern["sample_count"], second))
            indices.append("".join(_digits(index, width) for index in own))
        digits = known or "".join(heads) + "".join(indices)
        stream.write(len(patterns).to_bytes(4) + bytes.fromhex(digits + "0" * (len(digits) % 2)))

    def _widths(self, context: Container) -> tuple[int, int, int]:
        """Hexadecimal digits of `pattern_length`, `sample_count` and an index."""
        flags = context["flags"]
        return _WIDTHS[flags >> 4 & 3], _WIDTHS[flags >> 2 & 3], _WIDTHS[flags & 3]


_WIDTHS = (1, 2, 4, 8)


def _digits(value: int, width: int) -> str:
    if not 0 <= value < 1 << 4 * width:
        raise BoxBuildError(f"{value} does not fit {4 * width} bits")
    return f"{value:0{width}x}"


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
