"""Properties of images (ISO/IEC 23008-12, 6.5; AV1 Image File Format, 2.3) and MIAF's relatives."""

from __future__ import annotations

from construct import (
    Bytes,
    Default,
    GreedyBytes,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32sb,
    Int32ub,
    Int64ub,
    this,
)

from ..constructs.arrays import Counted
from ..constructs.bit_syntax import BitSyntax
from ..constructs.bits import EmbeddedBits
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox, flag
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..constructs.text import LastText, Text
from ..constructs.when import When
from ..registry import box
from .nal_group_entries import operating_points, subpicture_identifiers, subpicture_order
from .sample_group_entries import (
    EXPOSURE_BRACKETING,
    FIELD_BRACKETING,
    FLASH_BRACKETING,
    FOCUS_BRACKETING,
    WHITE_BRACKETING,
)

# What an image is.
box(b"ispe", body=FullBox("image_width" / Int32ub, "image_height" / Int32ub))
box(b"pixi", body=FullBox("bits_per_channel" / Counted(Int8ub, Integers(size=1))))
box(b"auxC", body=FullBox("aux_type" / Text(), "aux_subtype" / Default(GreedyBytes, b"")))
box(b"auxi", body=FullBox("aux_track_type" / LastText()))
box(b"jpgC", body=Struct("JPEGprefix" / GreedyBytes))
box(b"mskC", body=FullBox("bits_per_pixel" / Int8ub))
box(b"rref", body=FullBox("reference_type" / Counted(Int8ub, FourCC(), 4)))

# How it is shown.
box(b"irot", body=Struct(EmbeddedBits(("_reserved", 6), ("angle", 2))))
box(b"imir", body=Struct(EmbeddedBits(("_reserved", 7), ("axis", 1))))
box(b"rloc", body=FullBox("horizontal_offset" / Int32ub, "vertical_offset" / Int32ub))
box(
    b"iscl",
    body=FullBox(
        "target_width_numerator" / Int16ub,
        "target_width_denominator" / Int16ub,
        "target_height_numerator" / Int16ub,
        "target_height_denominator" / Int16ub,
    ),
)

# Which layer of it is shown.
box(b"lsel", body=Struct("layer_id" / Int16ub))
box(b"tols", body=FullBox("target_ols_idx" / Int16ub))
box(b"oinf", body=FullBox(BitSyntax(operating_points, embedded=True)))
box(b"spid", body=FullBox(BitSyntax(subpicture_identifiers, embedded=True)))
box(b"spor", body=FullBox(BitSyntax(subpicture_order, embedded=True)))

# What is said of it.
box(
    b"udes",
    body=FullBox("lang" / Text(), "name" / Text(), "description" / Text(), "tags" / LastText()),
)
box(b"altt", body=FullBox("alt_text" / Text(), "alt_lang" / LastText()))
box(b"crtt", body=FullBox("creation_time" / Int64ub))
box(b"mdft", body=FullBox("modification_time" / Int64ub))

# How it was taken: exposure, flash, depth of field, focus, white balance.
box(b"aebr", body=FullBox(*EXPOSURE_BRACKETING))
box(b"afbr", body=FullBox(*FLASH_BRACKETING))
box(b"dobr", body=FullBox(*FIELD_BRACKETING))
box(b"fobr", body=FullBox(*FOCUS_BRACKETING))
box(b"wbbr", body=FullBox(*WHITE_BRACKETING))

# Slide shows.
box(b"wipe", b"fade", b"splt", body=FullBox("transition_direction" / Int8ub))
box(b"zoom", body=FullBox(EmbeddedBits(("transition_direction", 1), ("transition_shape", 7))))
box(b"stpe", body=FullBox("transition_period" / Int8ub))
box(b"ssld", body=FullBox("duration" / Int16ub))

# Cameras, in numbers whose denominators the flags hold.
box(
    b"cmin",
    body=FullBox(
        "focal_length_x" / Int32sb,
        "principal_point_x" / Int32sb,
        "principal_point_y" / Int32sb,
        "focal_length_y" / When(flag(1), Int32sb),
        "skew_factor" / When(flag(1), Int32sb),
    ),
)

# ISO/IEC 23008-12, 7.4: whether a file was changed since its images were described.
_OF_GROUPS = this.input_4cc == b"sgpd"
box(
    b"md5i",
    body=FullBox(
        "input_MD5" / Bytes(16),
        "input_4cc" / FourCC(),
        "grouping_type" / When(_OF_GROUPS, FourCC()),
        "grouping_type_parameter"
        / When(lambda box: box["input_4cc"] == b"sgpd" and box["flags"] & 1, Int32ub),
        "group_description_index" / When(_OF_GROUPS, Counted(Int32ub, Integers())),
    ),
)

# AV1 Image File Format, 2.3.2.
box(b"a1op", body=Struct("op_index" / Int8ub))
box(
    b"a1lx",
    body=Struct(
        EmbeddedBits(("_reserved", 7), ("large_size", 1)),
        "layer_size" / IfThenElse(this.large_size, Integers(3, size=4), Integers(3, size=2)),
    ),
)
