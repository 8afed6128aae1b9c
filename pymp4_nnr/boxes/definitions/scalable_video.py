"""Boxes of scalable and multiview video: tiers, views, sub-tracks (ISO/IEC 14496-15, 6 and 7)."""

from __future__ import annotations

from construct import Container, Default, GreedyBytes, Int8ub, Int16ub, Int32ub

from ..constructs.arrays import Counted, Repeat
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.bits import Bits, EmbeddedBits
from ..constructs.byte_fields import Reserved
from ..constructs.full_box import FullBox
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.text import Text
from ..registry import CHILDREN, box

_CHILDREN = "children" / Default(CHILDREN, [])

# --- tiers, in `scif`, `mvif` and `mvcg`

box(
    b"tiri",
    body=Struct(
        "tierID" / Int16ub,
        "profileIndication" / Int8ub,
        "profile_compatibility" / Int8ub,
        "levelIndication" / Int8ub,
        "_reserved1" / Default(Int8ub, 0),
        "visualWidth" / Int16ub,
        "visualHeight" / Int16ub,
        EmbeddedBits(("discardable", 2), ("constantFrameRate", 2), ("_reserved2", 4)),
        "frameRate" / Int16ub,
    ),
)
_RATES = ("baseBitRate", "maxBitRate", "avgBitRate")
_TIER_RATES = ("tierBaseBitRate", "tierMaxBitRate", "tierAvgBitRate")
box(b"tibr", body=Struct(*(name / Int32ub for name in (*_RATES, *_TIER_RATES))))
box(
    b"svpr",
    body=Struct(
        EmbeddedBits(
            ("_reserved1", 2), ("min_priorityId", 6), ("_reserved2", 2), ("max_priorityId", 6)
        )
    ),
)
box(
    b"svdr",
    b"svop",
    body=Struct(
        EmbeddedBits(
            ("min_dependency_id", 3),
            ("min_temporal_id", 3),
            ("_reserved1", 6),
            ("min_quality_id", 4),
            ("max_dependency_id", 3),
            ("max_temporal_id", 3),
            ("_reserved2", 6),
            ("max_quality_id", 4),
        )
    ),
)
box(
    b"buff",
    body=Struct(
        "operating_points"
        / Counted(
            Int16ub,
            Table(
                ("byte_rate", "I"),
                ("cpb_size", "I"),
                ("dpb_size", "I"),
                ("init_cpb_delay", "I"),
                ("init_dpb_delay", "I"),
            ),
        )
    ),
)
box(b"ldep", body=Struct("dependencyTierId" / Counted(Int16ub, Integers(size=2))))
box(
    b"svip",
    body=Struct(
        "SPS_index" / Counted(Int8ub, Integers(size=1)),
        "PPS_index" / Counted(Int8ub, Integers(size=1)),
    ),
)


def _region(f: BitFields, context: Container) -> None:
    f("base_region_tierID", 16)
    dynamic = f("dynamic_rect", 1)
    f("_reserved", 7)
    if not dynamic:
        for name in ("horizontal_offset", "vertical_offset", "region_width", "region_height"):
            f(name, 16)


def _regions_of_interest(f: BitFields, context: Container) -> None:
    kind = f("iroi_type", 2)
    f("_reserved", 6)
    if kind == 0:
        f("grid_roi_mb_width", 8)
        f("grid_roi_mb_height", 8)
    elif kind == 1:
        for region in f.each("regions", f.count("regions", 24), minimum_bits=48):
            region("top_left_mb", 32)
            region("roi_mb_width", 8)
            region("roi_mb_height", 8)


def _transcoding(f: BitFields, context: Container) -> None:
    f("_reserved", 4)
    f("conversion_idc", 2)
    coders = [
        ("cavlc", f("cavlc_info_present_flag", 1)),
        ("cabac", f("cabac_info_present_flag", 1)),
    ]
    for coder, present in coders:
        if present:
            f(f"{coder}_profile_level_idc", 24)
            f(f"{coder}_max_bitrate", 32)
            f(f"{coder}_avg_bitrate", 32)


box(b"rrgn", body=BitSyntax(_region))
box(b"iroi", body=BitSyntax(_regions_of_interest))
box(b"tran", body=BitSyntax(_transcoding))

# --- views


def _views(f: BitFields, context: Container) -> None:
    f("_reserved", 2)
    f("min_temporal_id", 3)
    f("max_temporal_id", 3)
    for view in f.each("views", f.count("views", 16), minimum_bits=48):
        view("_reserved1", 6)
        view("view_id", 10)
        view("_reserved2", 6)
        view("view_order_index", 10)
        for part in ("texture", "depth"):
            view(f"{part}_in_stream", 1)
            view(f"{part}_in_track", 1)
        view("base_view_type", 2)
        count = view.count("references", 10)
        for reference in view.each("references", count, minimum_bits=16):
            reference("_reserved", 4)
            reference("dependent_component_idc", 2)
            reference("ref_view_id", 10)


box(b"vwid", body=FullBox(BitSyntax(_views, embedded=True)))
box(
    b"vipr",
    body=Struct(
        "views"
        / Repeat(None, Bits(("_reserved", 6), ("view_id", 10), ("content_priority_id", 32)), 6)
    ),
)


def _group_entries(f: BitFields, context: Container) -> None:
    f("multiview_group_id", 32)
    count = f.count("entries", 16)
    f("_reserved", 8)
    for entry in f.each("entries", count, minimum_bits=8):
        kind = entry("entry_type", 8)
        if kind in (0, 1):
            entry("track_id", 32)
        if kind == 1:
            entry("tier_id", 16)
        if kind in (2, 3):
            entry("_reserved", 6)
            entry("output_view_id" if kind == 2 else "start_view_id", 10)
        if kind == 3:
            entry("view_count", 16)


box(b"mvci", body=FullBox(_CHILDREN))
box(b"mvcg", body=FullBox(BitSyntax(_group_entries, embedded=True), _CHILDREN))
box(b"swtc", body=FullBox("multiview_group_id" / Counted(Int32ub, Integers()), _CHILDREN))
box(
    b"mvra",
    body=FullBox(
        "_reserved1" / Reserved(2),
        "common_attributes"
        / Counted(Int16ub, Table(("common_attribute", "I"), ("common_value", "I"))),
        "_reserved2" / Reserved(2),
        "differentiating_attribute" / Counted(Int16ub, Integers()),
    ),
)
box(b"vwdi", body=Struct("max_disparity" / Int8ub))

# --- sub-tracks, in `strd`

box(
    b"sstl",
    body=FullBox(
        "items"
        / Counted(
            Int16ub,
            Bits(
                ("dependency_id", 3),
                ("quality_id", 4),
                ("temporal_id", 3),
                ("priority_id", 6),
                ("dependency_id_range", 2),
                ("quality_id_range", 2),
                ("temporal_id_range", 2),
                ("priority_id_range", 2),
            ),
            3,
        )
    ),
)
box(
    b"mstv",
    body=FullBox(
        "items" / Counted(Int16ub, Bits(("view_id", 10), ("temporal_id", 4), ("_reserved", 2)), 2)
    ),
)
box(b"stmg", body=FullBox("MultiviewGroupId" / Counted(Int16ub, Integers())))
box(b"stti", body=FullBox("tierID" / Counted(Int16ub, Integers(size=2))))
box(b"tstb", body=FullBox("tileGroupID" / Counted(Int16ub, Integers(size=2))))

# --- in sample entries and `stbl`

box(b"svcP", b"mvcP", body=Struct("PriorityAssignmentURI" / Counted(Int8ub, Text())))
box(
    b"svmC",
    body=FullBox(
        "sample_statement_type" / Int8ub,
        "default_statement_type" / Int8ub,
        "default_statement_length" / Int8ub,
        "statements"
        / Counted(Int8ub, Struct("statement_type" / Int8ub, "statement_namespace" / Text()), 2),
    ),
)
box(
    b"qlif",
    body=Struct(
        "layers"
        / Counted(
            Int8ub,
            Bits(
                ("pr_layer", 8), ("profile_level_idc", 24), ("max_bitrate", 32), ("avg_bitrate", 32)
            ),
            12,
        )
    ),
)
box(
    b"sdep",
    body=FullBox(
        "samples"
        / Repeat(
            None,
            Struct("relative_sample_number" / Counted(Int16ub, Integers(size=2, signed=True))),
            2,
        )
    ),
)
box(
    b"seii",
    body=Struct(
        "requiredSEI_ID" / Counted(Int16ub, Integers(size=2)),
        "notrequiredSEI_ID" / Counted(Int16ub, Integers(size=2)),
    ),
)

# --- SEI messages about scalability, which are no boxes

box(b"seib", body=Struct("scalinfosei" / GreedyBytes))
box(b"vsib", body=Struct("mvcscalinfosei" / GreedyBytes))
box(b"3sib", body=Struct("mvdscalinfosei" / GreedyBytes))
