"""Light: of the display that content was made for, of the content, of the room.

ISO/IEC 14496-12, 12.1.6 to 12.1.8.
"""

from __future__ import annotations

from construct import Container, Int16ub, Int32ub

from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.structs import Struct
from ..registry import box


def _content(f: BitFields, context: Container) -> None:
    f("_reserved1", 2)
    parts = [
        name
        for name in (
            "ccv_primaries",
            "ccv_min_luminance_value",
            "ccv_max_luminance_value",
            "ccv_avg_luminance_value",
        )
        if f(f"{name}_present_flag", 1)
    ]
    f("_reserved2", 2)
    for name in parts:
        if name != "ccv_primaries":
            f(name, 32)
            continue
        for primary in f.each(name, 3, minimum_bits=64):
            primary("ccv_primaries_x", 32, signed=True)
            primary("ccv_primaries_y", 32, signed=True)


box(b"cclv", body=BitSyntax(_content))
box(
    b"amve",
    body=Struct(
        "ambient_illuminance" / Int32ub, "ambient_light_x" / Int16ub, "ambient_light_y" / Int16ub
    ),
)
