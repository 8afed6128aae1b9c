"""What a file begins with, and media data outside of tracks."""

from __future__ import annotations

from construct import Default, GreedyBytes, Int32ub

from ..constructs.arrays import Repeat
from ..constructs.codes import FourCC
from ..constructs.structs import Struct
from ..registry import box, container_box

# ISO/IEC 14496-12, 4.3, 8.16.2, 8.3.5 (of a track) and 8.11.16 (of an item).
box(
    *(b"ftyp", b"styp", b"ttyp", b"brnd"),
    body=Struct(
        "major_brand" / FourCC(),
        "minor_version" / Int32ub,
        "compatible_brands" / Repeat(None, FourCC(), 4),
    ),
)

# ISO/IEC 14496-12, 4.4 and 4.5: combinations of brands, and the types of the file that it was.
container_box(b"etyp", b"otyp")
box(b"tyco", body=Struct("compatible_brands" / Repeat(None, FourCC(), 4)))

# ISO/IEC 14496-12, 9.1.4.1.
box(b"imda", body=Struct("imda_identifier" / Int32ub, "data" / Default(GreedyBytes, b"")))
