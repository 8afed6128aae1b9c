"""Movie fragments, segment indexes and auxiliary information (ISO/IEC 14496-12, 8.8, 8.7, 8.16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    If,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32sb,
    Int32ub,
    Int64ub,
    Struct,
)
from construct.expr import this

from ..constructs.fields import Reserved, Versioned
from ..constructs.kit import Bits, Counted, Derived, Integers, Names, Repeat, Table
from ..registry import CHILDREN, box
from .headers import by_version

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


def FlaggedBox(
    *flags: tuple[Any, ...], fields: tuple[Construct, ...], versions: tuple[int, ...] = (0,)
) -> Struct:
    """A FullBox whose flags are shown by name; see `Bits`."""
    version = Versioned(versions=versions).subcons[0]
    return Struct(version, "flags" / Bits(*flags), *fields)


def optional(name: str, construct: Construct, flag: str) -> Construct:
    """A field that is there if a flag says so, and None (whatever is given) if not."""
    return name / Default(If(_flagged(flag), construct), None)


def _flagged(flag: str) -> Callable[[Container], bool]:
    return lambda context: bool(context["flags"][flag])


# 8.8.2.
box(b"mehd", body=Versioned("fragment_duration" / by_version(0), versions=(0, 1)))

# 8.8.3.
box(
    b"trex",
    body=Versioned(
        "track_ID" / Int32ub,
        "default_sample_description_index" / Default(Int32ub, 1),
        "default_sample_duration" / Default(Int32ub, 0),
        "default_sample_size" / Default(Int32ub, 0),
        "default_sample_flags" / Default(SAMPLE_FLAGS, {}),
    ),
)

# 8.8.15.
box(b"trep", body=Versioned("track_ID" / Int32ub, "children" / Default(CHILDREN, [])))

# 8.8.5.
box(b"mfhd", body=Versioned("sequence_number" / Int32ub))

# 8.8.7.
box(
    b"tfhd",
    body=FlaggedBox(
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
        fields=(
            "track_ID" / Int32ub,
            optional("base_data_offset", Int64ub, "base_data_offset_present"),
            optional("sample_description_index", Int32ub, "sample_description_index_present"),
            optional("default_sample_duration", Int32ub, "default_sample_duration_present"),
            optional("default_sample_size", Int32ub, "default_sample_size_present"),
            optional("default_sample_flags", SAMPLE_FLAGS, "default_sample_flags_present"),
        ),
    ),
)

# 8.8.8. The offsets are signed from version 1 on.
box(
    b"trun",
    body=FlaggedBox(
        ("_reserved1", 12),
        ("sample_composition_time_offsets_present", bool),
        ("sample_flags_present", bool),
        ("sample_size_present", bool),
        ("sample_duration_present", bool),
        ("_reserved2", 5),
        ("first_sample_flags_present", bool),
        ("_reserved3", 1),
        ("data_offset_present", bool),
        fields=(
            "sample_count" / Derived(Int32ub, lambda context: len(context["sample_info"])),
            optional("data_offset", Int32sb, "data_offset_present"),
            optional("first_sample_flags", Int32ub, "first_sample_flags_present"),
            "sample_info"
            / Table(
                ("sample_duration", "I", None, _flagged("sample_duration_present")),
                ("sample_size", "I", None, _flagged("sample_size_present")),
                ("sample_flags", "I", SAMPLE_FLAGS, _flagged("sample_flags_present")),
                (
                    "sample_composition_time_offsets",
                    lambda context: "i" if context["version"] else "I",
                    None,
                    _flagged("sample_composition_time_offsets_present"),
                ),
                count=this.sample_count,
            ),
        ),
        versions=(0, 1),
    ),
)

# 8.8.12.
box(b"tfdt", body=Versioned("baseMediaDecodeTime" / by_version(), versions=(0, 1)))

# 8.16.3.
box(
    b"sidx",
    body=Versioned(
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
            ),
            12,
        ),
        versions=(0, 1),
    ),
)

# 8.16.4.
box(
    b"ssix",
    body=Versioned(
        "subsegments"
        / Counted(
            Int32ub,
            Struct("ranges" / Counted(Int32ub, Bits(("level", 8), ("range_size", 24)), 4)),
            4,
        )
    ),
)

_AUX_INFO = (
    optional("aux_info_type", Int32ub, "has_aux_info_type"),
    optional("aux_info_type_parameter", Int32ub, "has_aux_info_type"),
)

# 8.7.8.
box(
    b"saiz",
    body=FlaggedBox(
        ("_reserved", 23),
        ("has_aux_info_type", bool),
        fields=(
            *_AUX_INFO,
            "default_sample_info_size" / Int8ub,
            "sample_count" / Int32ub,
            "sample_info_sizes"
            / Default(
                If(this.default_sample_info_size == 0, Integers(this.sample_count, size=1)), None
            ),
        ),
    ),
)

# 8.7.9.
box(
    b"saio",
    body=FlaggedBox(
        ("_reserved", 23),
        ("has_aux_info_type", bool),
        fields=(
            *_AUX_INFO,
            "offsets"
            / IfThenElse(
                this.version == 1, Counted(Int32ub, Integers(size=8)), Counted(Int32ub, Integers())
            ),
        ),
        versions=(0, 1),
    ),
)
