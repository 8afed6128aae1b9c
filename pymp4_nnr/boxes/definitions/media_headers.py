"""`hdlr`, the media headers in `minf`, and what QuickTime has in place of them."""

from __future__ import annotations

from construct import Bytes, Default, GreedyBytes, Int16sb, Int16ub, Int32ub

from ..constructs.byte_fields import Reserved
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..constructs.text import CountedText, HandlerName, LastText
from ..registry import box, container_box
from .headers import MATRIX

COLOR = Struct(
    "red" / Default(Int16ub, 0), "green" / Default(Int16ub, 0), "blue" / Default(Int16ub, 0)
)

# ISO/IEC 14496-12, 8.4.3. In QuickTime, pre_defined is the component type (mhlr, dhlr), and the
# name a Pascal string, or nothing.
box(
    b"hdlr",
    body=FullBox(
        "pre_defined" / Default(Bytes(4), bytes(4)),
        "handler_type" / FourCC(),
        "_reserved" / Reserved(12),
        "name" / Default(HandlerName(), ""),
    ),
)

# ISO/IEC 14496-12, 8.4.6.
box(b"elng", body=FullBox("extended_language" / LastText()))

# ISO/IEC 14496-12, 12.1.2.
box(
    b"vmhd",
    body=FullBox("graphics_mode" / Default(Int16ub, 0), "opcolor" / Default(COLOR, {}), flags=1),
)

# ISO/IEC 14496-12, 12.2.2.
box(
    b"smhd",
    body=FullBox("balance" / Default(Int16sb, 0), "reserved" / Default(Int16ub, 0)),
)

# ISO/IEC 14496-12, 12.4.3.
box(
    b"hmhd",
    body=FullBox(
        "maxPDUsize" / Int16ub,
        "avgPDUsize" / Int16ub,
        "maxbitrate" / Int32ub,
        "avgbitrate" / Int32ub,
        "_reserved" / Reserved(4),
    ),
)

# ISO/IEC 14496-12, 8.4.5.2 and 12.6.2.
box(b"nmhd", b"sthd", body=FullBox())

# QuickTime File Format: base media header, with the headers of text and time code media in it.
container_box(b"gmhd", b"tmcd")
box(
    b"gmin",
    body=FullBox(
        "graphics_mode" / Default(Int16ub, 0),
        "opcolor" / Default(COLOR, {}),
        "balance" / Default(Int16sb, 0),
        "_reserved" / Reserved(2),
    ),
)
box(b"text", body=Struct(MATRIX))
box(
    b"tcmi",
    body=FullBox(
        "text_font" / Default(Int16ub, 0),
        "text_face" / Default(Int16ub, 0),
        "text_size" / Default(Int16ub, 0),
        "_reserved" / Reserved(2),
        "text_color" / Default(COLOR, {}),
        "background_color" / Default(COLOR, {}),
        "font_name" / Default(CountedText(), ""),
    ),
)

# ISO/IEC 14496-12, 8.1.1 and 8.1.2; `wide` is QuickTime's room for a 64-bit size.
box(*(b"mdat", b"free", b"skip", b"wide"), body=Struct("data" / Default(GreedyBytes, b"")))
