"""Movie fragments, segment indexes and auxiliary information (ISO/IEC 14496-12, 8.8, 8.7, 8.16)."""

from __future__ import annotations

from construct import Default, Int8ub, Int16ub, Int32sb, Int32ub, Int64ub
from construct.expr import this

from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import Bits, Names
from ..constructs.byte_fields import Reserved
from ..constructs.full_box import FullBox, by_version, named_flag
from ..constructs.integers import Integers
from ..constructs.optional import Derived
from ..constructs.structs import Struct
from ..constructs.tables import Table
from ..constructs.when import HeaderFunction, When
from ..registry import CHILDREN, box
from ..standard_names import SegmentIndexRow, TrackRunRow

SAMPLE_FLAGS = Bits(
    ("_reserved", 4),
    ("is_leading", Names("UNKNOWN", "LEADINGDEP", "NOTLEADING", "LEADINGNODEP")),
    ("sample_depends_on", Names("UNKNOWN", "DEPENDS", "NOTDEPENDS", "RESERVED")),
    ("sample_is_depended_on", Names("UNKNOWN", "NOTDISPOSABLE", "DISPOSABLE", "RESERVED")),
    ("sample_has_redundancy", Names("UNKNOWN", "REDUNDANT", "NOTREDUNDANT", "RESERVED")),
    ("sample_padding_value", 3),
    ("sample_is_non_sync_sample", bool),
    ("sample_degradation_priority", 16),
)
"""Sample flags (8.8.3.1), with pymp4's names of their values."""


# 8.8.2.
box(b"mehd", body=FullBox("fragment_duration" / Default(by_version(), 0), versions=(0, 1)))

# 8.8.3.
box(
    b"trex",
    body=FullBox(
        "track_ID" / Int32ub,
        "default_sample_description_index" / Default(Int32ub, 1),
        "default_sample_duration" / Default(Int32ub, 0),
        "default_sample_size" / Default(Int32ub, 0),
        "default_sample_flags" / Default(SAMPLE_FLAGS, {}),
    ),
)

# 8.8.15.
box(b"trep", body=FullBox("track_ID" / Int32ub, "children" / Default(CHILDREN, [])))

# 8.8.5.
box(b"mfhd", body=FullBox("sequence_number" / Int32ub))

# 8.8.7.
box(
    b"tfhd",
    body=FullBox(
        "track_ID" / Int32ub,
        "base_data_offset" / When(named_flag("base_data_offset_present"), Int64ub),
        "sample_description_index" / When(named_flag("sample_description_index_present"), Int32ub),
        "default_sample_duration" / When(named_flag("default_sample_duration_present"), Int32ub),
        "default_sample_size" / When(named_flag("default_sample_size_present"), Int32ub),
        "default_sample_flags" / When(named_flag("default_sample_flags_present"), SAMPLE_FLAGS),
        flags=Bits(
            ("_reserved1", 6),
            ("default_base_is_moof", bool),
            ("duration_is_empty", bool),
            ("_reserved2", 10),
            ("default_sample_flags_present", bool),
            ("default_sample_size_present", bool),
            ("default_sample_duration_present", bool),
            ("_reserved3", 1),
            ("sample_description_index_present", bool),
            ("base_data_offset_present", bool),
        ),
    ),
)

# 8.8.8. The offsets are signed from version 1 on.
box(
    b"trun",
    body=FullBox(
        "sample_count" / Derived(Int32ub, lambda context: len(context["sample_info"])),
        "data_offset" / When(named_flag("data_offset_present"), Int32sb),
        "first_sample_flags" / When(named_flag("first_sample_flags_present"), Int32ub),
        "sample_info"
        / Table(
            ("sample_duration", "I", None, named_flag("sample_duration_present")),
            ("sample_size", "I", None, named_flag("sample_size_present")),
            ("sample_flags", "I", SAMPLE_FLAGS, named_flag("sample_flags_present")),
            (
                "sample_composition_time_offsets",
                HeaderFunction(lambda context: "i" if context["version"] else "I"),
                None,
                named_flag("sample_composition_time_offsets_present"),
            ),
            count=this.sample_count,
            container=TrackRunRow,
        ),
        flags=Bits(
            ("_reserved1", 12),
            ("sample_composition_time_offsets_present", bool),
            ("sample_flags_present", bool),
            ("sample_size_present", bool),
            ("sample_duration_present", bool),
            ("_reserved2", 5),
            ("first_sample_flags_present", bool),
            ("_reserved3", 1),
            ("data_offset_present", bool),
        ),
        versions=(0, 1),
    ),
)

# 8.8.12.
box(b"tfdt", body=FullBox("baseMediaDecodeTime" / by_version(), versions=(0, 1)))

# 8.16.3.
box(
    b"sidx",
    body=FullBox(
        "reference_ID" / Int32ub,
        "timescale" / Int32ub,
        "earliest_presentation_time" / by_version(),
        "first_offset" / by_version(),
        "_reserved" / Reserved(2),
        "reference_count" / Derived(Int16ub, lambda context: len(context["references"])),
        "references"
        / Repeat(
            this.reference_count,
            Bits(
                ("reference_type", Names("MEDIA", "INDEX")),
                ("referenced_size", 31),
                ("segment_duration", 32),
                ("starts_with_SAP", bool),
                ("SAP_type", 3),
                ("SAP_delta_time", 28),
                container=SegmentIndexRow,
            ),
            12,
        ),
        versions=(0, 1),
    ),
)

# 8.16.4.
box(
    b"ssix",
    body=FullBox(
        "subsegments"
        / Counted(
            Int32ub,
            Struct("ranges" / Counted(Int32ub, Bits(("level", 8), ("range_size", 24)), 4)),
            4,
        )
    ),
)

_AUX_INFO = (
    "aux_info_type" / When(named_flag("has_aux_info_type"), Int32ub),
    "aux_info_type_parameter" / When(named_flag("has_aux_info_type"), Int32ub),
)

# 8.7.8.
box(
    b"saiz",
    body=FullBox(
        *_AUX_INFO,
        "default_sample_info_size" / Int8ub,
        "sample_count" / Int32ub,
        "sample_info_sizes"
        / When(this.default_sample_info_size == 0, Integers(this.sample_count, size=1)),
        flags=Bits(("_reserved", 23), ("has_aux_info_type", bool)),
    ),
)

# 8.7.9.
box(
    b"saio",
    body=FullBox(
        *_AUX_INFO,
        "offsets" / by_version(Counted(Int32ub, Integers()), Counted(Int32ub, Integers(size=8))),
        flags=Bits(("_reserved", 23), ("has_aux_info_type", bool)),
        versions=(0, 1),
    ),
)
