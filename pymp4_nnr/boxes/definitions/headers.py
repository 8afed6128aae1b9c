"""The headers of movies, tracks and media (ISO/IEC 14496-12)."""

from __future__ import annotations

from typing import Any

from construct import Construct, Default, IfThenElse, Int16sb, Int16ub, Int32sb, Int32ub, Int64ub
from construct.expr import this

from ...errors import BoxBuildError
from ..constructs.fields import Reserved, Versioned
from ..constructs.kit import EmbeddedBits, Integers
from ..registry import box

UNITY_MATRIX = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


class PackedLanguage:
    """A language as three letters, each its distance from 0x60 in 5 bits (8.4.2.3).

    Every value has a text, as with pymp4: QuickTime's codes come out as letters and signs.
    """

    width = 15

    def decode(self, number: int) -> str:
        return "".join(chr((number >> shift & 31) + 0x60) for shift in (10, 5, 0))

    def encode(self, value: Any) -> int:
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        codes = [ord(letter) - 0x60 for letter in text]
        if len(codes) != 3 or not all(0 <= code < 32 for code in codes):
            raise BoxBuildError(f"a language has three letters, not {value!r}")
        return codes[0] << 10 | codes[1] << 5 | codes[2]


def by_version(default: int | None = None) -> Construct:
    """A time or duration: 64 bits in version 1, else 32."""
    field = IfThenElse(this.version == 1, Int64ub, Int32ub)
    return field if default is None else Default(field, default)


_MATRIX = "matrix" / Default(Integers(9, signed=True), UNITY_MATRIX)

# 8.2.2.
box(
    b"mvhd",
    body=Versioned(
        "creation_time" / by_version(0),
        "modification_time" / by_version(0),
        "timescale" / Default(Int32ub, 10000000),
        "duration" / by_version(),
        "rate" / Default(Int32sb, 0x10000),
        "volume" / Default(Int16sb, 0x100),
        "_reserved" / Reserved(10),
        _MATRIX,
        "pre_defined" / Default(Integers(6), [0] * 6),
        "next_track_ID" / Default(Int32ub, 0xFFFFFFFF),
        versions=(0, 1),
    ),
)

# 8.3.2.
box(
    b"tkhd",
    body=Versioned(
        "creation_time" / by_version(0),
        "modification_time" / by_version(0),
        "track_ID" / Default(Int32ub, 1),
        "_reserved1" / Reserved(4),
        "duration" / by_version(0),
        "_reserved2" / Reserved(8),
        "layer" / Default(Int16sb, 0),
        "alternate_group" / Default(Int16sb, 0),
        "volume" / Default(Int16sb, 0),
        "_reserved3" / Reserved(2),
        _MATRIX,
        "width" / Default(Int32ub, 0),
        "height" / Default(Int32ub, 0),
        versions=(0, 1),
        flags=1,
    ),
)

# 8.4.2.
box(
    b"mdhd",
    body=Versioned(
        "creation_time" / by_version(),
        "modification_time" / by_version(),
        "timescale" / Int32ub,
        "duration" / by_version(),
        EmbeddedBits(("_pad", 1), ("language", PackedLanguage())),
        "_pre_defined" / Default(Int16ub, 0),
        versions=(0, 1),
    ),
)
