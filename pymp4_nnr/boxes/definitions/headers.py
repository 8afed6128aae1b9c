"""The headers of movies, tracks and media (ISO/IEC 14496-12)."""

from __future__ import annotations

from construct import Default, Int16sb, Int16ub, Int32sb, Int32ub

from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import Reserved
from ..constructs.codes import PackedLanguage
from ..constructs.full_box import FullBox, by_version
from ..constructs.integers import Integers
from ..registry import box

MATRIX = "matrix" / Default(
    Integers(9, signed=True), (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
)
"""A transformation, by default the unity matrix: 16.16 numbers, and 2.30 in the third column."""

# 8.2.2.
box(
    b"mvhd",
    body=FullBox(
        "creation_time" / Default(by_version(), 0),
        "modification_time" / Default(by_version(), 0),
        "timescale" / Default(Int32ub, 10000000),
        "duration" / by_version(),
        "rate" / Default(Int32sb, 0x10000),
        "volume" / Default(Int16sb, 0x100),
        "_reserved" / Reserved(10),
        MATRIX,
        "pre_defined" / Default(Integers(6), [0] * 6),
        "next_track_ID" / Default(Int32ub, 0xFFFFFFFF),
        versions=(0, 1),
    ),
)

# 8.3.2.
box(
    b"tkhd",
    body=FullBox(
        "creation_time" / Default(by_version(), 0),
        "modification_time" / Default(by_version(), 0),
        "track_ID" / Default(Int32ub, 1),
        "_reserved1" / Reserved(4),
        "duration" / Default(by_version(), 0),
        "_reserved2" / Reserved(8),
        "layer" / Default(Int16sb, 0),
        "alternate_group" / Default(Int16sb, 0),
        "volume" / Default(Int16sb, 0),
        "_reserved3" / Reserved(2),
        MATRIX,
        "width" / Default(Int32ub, 0),
        "height" / Default(Int32ub, 0),
        versions=(0, 1),
        flags=1,
    ),
)

# 8.4.2.
box(
    b"mdhd",
    body=FullBox(
        "creation_time" / by_version(),
        "modification_time" / by_version(),
        "timescale" / Int32ub,
        "duration" / by_version(),
        EmbeddedBits(("_pad", 1), ("language", PackedLanguage())),
        "_pre_defined" / Default(Int16ub, 0),
        versions=(0, 1),
    ),
)
