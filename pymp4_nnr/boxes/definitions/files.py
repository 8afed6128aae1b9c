"""What a file begins with, and media data outside of tracks."""

from __future__ import annotations

from construct import Default, GreedyBytes, Int32ub, Struct

from ..constructs.arrays import Repeat
from ..constructs.codes import FourCC
from ..registry import box

# ISO/IEC 14496-12, 4.3 and 8.16.2.
box(
    b"ftyp",
    b"styp",
    body=Struct(
        "major_brand" / FourCC(),
        "minor_version" / Int32ub,
        "compatible_brands" / Repeat(None, FourCC(), 4),
    ),
)

# ISO/IEC 14496-12, 9.1.4.1.
box(
    b"imda",
    body=Struct("imda_identifier" / Int32ub, "data" / Default(GreedyBytes, b"")),
    trusted=True,
)
