"""Items of `meta`: their information, places, properties and references.

ISO/IEC 14496-12, 8.11; the properties themselves have modules of their own.
"""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    Embedded,
    GreedyBytes,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32ub,
    this,
)

from ...errors import BoxBuildError, BoxParseError
from ..box import Boxes
from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import Bits
from ..constructs.byte_fields import Unsigned
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox, by_version, from_version
from ..constructs.integers import Integers
from ..constructs.optional import IfMore
from ..constructs.structs import Struct
from ..constructs.text import Text
from ..constructs.when import When
from ..registry import BOX, box, container_box, family

# 8.11.4.
box(b"pitm", body=FullBox("item_ID" / by_version(Int16ub, Int32ub), versions=(0, 1)))

# 8.11.6.
_COUNT = by_version(Int16ub, Int32ub)
box(
    b"iinf",
    body=FullBox("item_infos" / Counted(_COUNT, BOX, minimum_size=8), versions=(0, 1)),
)


def _old(info: Container) -> bool:
    return info["version"] < 2


def _typed(code: bytes) -> Any:
    return lambda info: info["version"] >= 2 and info["item_type"] == code


def _content(info: Container) -> bool:
    return _old(info) or _typed(b"mime")(info)


# 8.11.6.3.
box(
    b"infe",
    body=FullBox(
        "item_ID" / IfThenElse(this.version < 3, Int16ub, Int32ub),
        "item_protection_index" / Default(Int16ub, 0),
        "item_type" / When(from_version(2), FourCC()),
        "item_name" / Default(Text(), ""),
        "content_type" / When(_content, Text()),
        "content_encoding" / When(_content, IfMore(Text())),
        "item_uri_type" / When(_typed(b"uri "), Text()),
        "extension_type" / When(this.version == 1, IfMore(FourCC())),
        "extension" / When(this.version == 1, IfMore(GreedyBytes)),
        versions=(2, 3, 0, 1),
    ),
)


# 8.11.3. Widths of fields are in bytes: 0, 4 or 8.


def _width(name: str, levels: int) -> Unsigned:
    """A field of as many bytes as the field `name`, so many structs above, says."""

    def size(context: Container) -> int:
        for _ in range(levels):
            context = context._
        width: int = context.get(name) or 0
        return width

    return Unsigned(size)


class Extents(Construct):
    """The extents of an item: their number and, for each, fields of the widths that `iloc` has."""

    exact = True

    ROW = Struct(
        "item_reference_index"
        / When(lambda extent: extent._._.get("index_size"), _width("index_size", 2)),
        "extent_offset" / Default(_width("offset_size", 2), 0),
        "extent_length" / Default(_width("length_size", 2), 0),
    )
    WIDTHS = ("index_size", "offset_size", "length_size")

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        count = int.from_bytes(stream.read(2))
        least = sum(context._.get(name) or 0 for name in self.WIDTHS)
        if not least and count > 1:
            raise BoxParseError(f"{count} extents without any field")
        return Repeat(count, self.ROW, least)._parse(stream, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        extents = obj if hasattr(obj, "__len__") else list(obj)
        stream.write(len(extents).to_bytes(2))
        Repeat(len(extents), self.ROW)._build(extents, stream, context, path)


_PLACE = Struct(
    "item_ID" / IfThenElse(this._.version < 2, Int16ub, Int32ub),
    Embedded(
        IfThenElse(
            this._.version > 0,
            Bits(("_reserved", 12), ("construction_method", 4), embedded=True),
            Bits(embedded=True),
        )
    ),
    "data_reference_index" / Default(Int16ub, 0),
    "base_offset" / Default(_width("base_offset_size", 1), 0),
    "extents" / Extents(),
)


class Widths(Construct):
    """The four widths; `index_size` is reserved in version 0."""

    exact = True

    BITS = (("offset_size", 4), ("length_size", 4), ("base_offset_size", 4))

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _bits(self, context: Container) -> Bits:
        last = "index_size" if context["version"] else "_reserved"
        return Bits(*self.BITS, (last, 4), embedded=True)

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        widths = self._bits(context)._parse(stream, context, path)
        for name, width in widths.items():
            if width not in (0, 4, 8) and name != "_reserved":
                raise BoxParseError(f"{name} is {width}, not 0, 4 or 8")
        return widths

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        for name, _ in self.BITS:
            if obj.get(name, 0) not in (0, 4, 8):
                raise BoxBuildError(f"{name} is {obj[name]}, not 0, 4 or 8")
        self._bits(context)._build(obj, stream, context, path)


box(
    b"iloc",
    body=FullBox(
        Widths(),
        "items" / Counted(IfThenElse(this.version < 2, Int16ub, Int32ub), _PLACE, minimum_size=6),
        versions=(0, 1, 2),
    ),
)

# 8.11.11 and 8.11.14.
box(b"idat", body=Struct("data" / Default(GreedyBytes, b"")))
container_box(b"iprp", b"ipco")
box(
    b"ipma",
    body=FullBox(
        "entries"
        / Counted(
            Int32ub,
            Struct(
                "item_ID" / by_version(Int16ub, Int32ub, levels=1),
                "associations"
                / IfThenElse(
                    this._.flags & 1,
                    Counted(Int8ub, Bits(("essential", bool), ("property_index", 15)), 2),
                    Counted(Int8ub, Bits(("essential", bool), ("property_index", 7)), 1),
                ),
            ),
            minimum_size=3,
        ),
        versions=(0, 1),
    ),
)

# 8.11.12. The type of a box in `iref` is the kind of reference.


def _reference(size: int, number: Construct) -> Struct:
    return Struct("from_item_ID" / number, "to_item_ID" / Counted(Int16ub, Integers(size=size)))


box(
    b"iref",
    body=FullBox(
        "references"
        / Default(
            by_version(
                Boxes(family({}, _reference(2, Int16ub))), Boxes(family({}, _reference(4, Int32ub)))
            ),
            [],
        ),
        versions=(0, 1),
    ),
)

# 8.11.5.
box(b"ipro", body=FullBox("protection_information" / Counted(Int16ub, BOX, minimum_size=8)))
