"""Groups of tracks and items, in `grpl` (ISO/IEC 14496-12, 8.18)."""

from __future__ import annotations

from construct import Construct, Container, Default, GreedyBytes, Int8ub, Int16ub, Int32ub

from ..box import Boxes
from ..constructs.arrays import Counted
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.full_box import ANY_VERSION, FullBox, flag
from ..constructs.integers import Integers
from ..constructs.optional import IfMore
from ..constructs.structs import Struct
from ..constructs.text import Text
from ..constructs.when import When
from ..registry import CHILDREN, box, family


def _group(*more: Construct) -> Construct:
    head = ("group_id" / Int32ub, "entity_ids" / Counted(Int32ub, Integers()))
    return FullBox(*head, *more, versions=ANY_VERSION)


def _common_level(f: BitFields, context: Container) -> None:
    has_level = f("level_is_present_flag", 1, f.is_given("level_idc"))
    is_static = f("level_is_static_flag", 1, not f.is_given("level_info_entity_idx"))
    f("_reserved", 6)
    if has_level:
        f("level_idc", 8)
    if not is_static:
        f("level_info_entity_idx", 32)
    f("num_active_tracks", 16)


ENTITY_GROUP = family(
    {
        # ISO/IEC 14496-15, 11: subpictures that are decoded together, tracks to switch between.
        b"acgl": _group(BitSyntax(_common_level, embedded=True)),
        b"swtk": _group("track_switch_hierarchy_id" / Integers(size=2)),
        # 8.18.4: tracks to play together, as a preselection.
        b"prsl": _group(
            "preselection_tag" / When(flag(0x1000), Text()),
            "selection_priority" / When(flag(0x2000), Int8ub),
            "interleaving_tag" / When(flag(0x4000), Text()),
            "children" / Default(CHILDREN, []),
        ),
    },
    _group("data" / IfMore(GreedyBytes)),
)
"""Boxes in `grpl`: the type is the kind of group (8.18.2)."""

box(b"grpl", body=Struct("children" / Default(Boxes(ENTITY_GROUP), [])))

# 8.10.5. Bit 0 of the flags: it is the label of a group of labels.
box(b"labl", body=FullBox("label_id" / Int16ub, "language" / Text(), "label" / Text()))

# 12.2.8.
box(b"ardi", body=FullBox("audio_rendering_indication" / Int8ub))
