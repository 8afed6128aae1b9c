"""How tracks relate to others: references, groups, selection, sub-tracks (ISO/IEC 14496-12)."""

from __future__ import annotations

from construct import Default, GreedyBytes, Int16sb, Int16ub, Int32sb, Int32ub

from ..box import Boxes
from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import EmbeddedBits
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..constructs.text import Text
from ..registry import box, container_box, family

TRACK_REFERENCE = family({}, Struct("track_IDs" / Integers()))
"""Boxes in `tref`: the type is the kind of reference (8.3.3)."""

TRACK_GROUP = family(
    {
        # ISO/IEC 14496-12, 8.3.4.4.2: left and right view of a stereo pair.
        b"ster": FullBox(
            "track_group_id" / Int32ub, EmbeddedBits(("left_view_flag", bool), ("_reserved", 31))
        ),
    },
    FullBox("track_group_id" / Int32ub, "data" / Default(GreedyBytes, b"")),
)
"""Boxes in `trgr`: the type is the kind of group (8.3.4)."""

box(b"tref", body=Struct("children" / Default(Boxes(TRACK_REFERENCE), [])))
box(b"trgr", body=Struct("children" / Default(Boxes(TRACK_GROUP), [])))

ATTRIBUTES = "attribute_list" / Default(Repeat(None, FourCC(), 4), [])

# 8.10.3 and 8.10.4.
box(b"tsel", body=FullBox("switch_group" / Default(Int32sb, 0), ATTRIBUTES))
box(b"kind", body=FullBox("schemeURI" / Text(), "value" / Default(Text(), "")))

# 8.14.
container_box(b"strk", b"strd")
box(
    b"stri",
    body=FullBox(
        "switch_group" / Default(Int16sb, 0),
        "alternate_group" / Default(Int16sb, 0),
        "sub_track_ID" / Default(Int32ub, 0),
        ATTRIBUTES,
    ),
)
box(
    b"stsg",
    body=FullBox(
        "grouping_type" / FourCC(),
        "group_description_index" / Counted(Int16ub, Integers()),
    ),
)
