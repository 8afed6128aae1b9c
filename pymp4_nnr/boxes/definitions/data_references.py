"""`dref` and its entries (ISO/IEC 14496-12, 8.7.2), in the shape that pymp4 gives them."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, GreedyBytes, Int32ub

from ..box import BoxFamily
from ..constructs.arrays import Counted
from ..constructs.bits import Bits
from ..constructs.full_box import ANY_VERSION, FullBox
from ..constructs.optional import Derived, IfMore
from ..constructs.structs import Struct
from ..constructs.text import LastText, Text
from ..registry import box, declared_box


class DataEntryFamily(BoxFamily):
    """The entries of `dref`: as with pymp4, their type keeps its trailing space."""

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        entry = super()._parse(stream, context, path)
        entry["type"] = entry["type"].ljust(4)
        return entry


DATA_ENTRY = DataEntryFamily("type", declared_box, framed=False)


def _flags(context: Container) -> dict[str, bool]:
    places = (context.get("name"), context.get("location"), context.get("data"))
    return {"self_contained": all(place is None for place in places)}


def data_entry(*fields: Construct) -> Struct:
    """The body of an entry; it is self-contained by default if it names no place."""
    flags = Bits(("_reserved", 23), ("self_contained", bool))
    return FullBox(*fields, versions=ANY_VERSION, flags=Derived(flags, _flags))


box(b"dref", body=FullBox("data_entries" / Counted(Int32ub, DATA_ENTRY, minimum_size=8)))
box(b"url", body=data_entry("location" / IfMore(LastText())))
box(b"urn", body=data_entry("name" / IfMore(Text()), "location" / IfMore(LastText())))
box(b"imdt", body=FullBox("imda_ref_identifier" / Int32ub, flags=1))
box(b"snim", body=FullBox(flags=1))
# QuickTime: an alias, or a resource of a file.
box(b"alis", b"rsrc", body=data_entry("data" / IfMore(GreedyBytes)))
