"""Sample entries of text, subtitles, metadata and time codes, and the boxes in them."""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    GreedyBytes,
    Int8sb,
    Int8ub,
    Int16sb,
    Int16ub,
    Int32sb,
    Int32ub,
)

from ..constructs.arrays import Counted
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import Reserved
from ..constructs.forms import Forms
from ..constructs.full_box import FullBox
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..constructs.text import CountedText, LastText, Text
from ..reader import window_on
from ..registry import CHILDREN, box, sample_entry

_CHILDREN = "children" / Default(CHILDREN, [])


class OptionalText(Construct):
    """A string that writers leave out: None where the box ends, or its boxes begin, instead."""

    exact = True

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True
        self.text = Text()

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes | None:
        window = window_on(stream)
        return None if CHILDREN.fill(window) else self.text._parse(window, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj is not None:
            self.text._build(obj, stream, context, path)


# ISO/IEC 14496-30, 7.5; ISO/IEC 14496-1 systems; QuickTime's timed metadata and captions;
# URI metadata of ISO/IEC 14496-12, 12.3.3; event messages; SVC's metadata.
sample_entry(
    *(b"wvtt", b"mp4s", b"mebx", b"c608", b"c708", b"urim", b"evte", b"svcM"), fields=(_CHILDREN,)
)

# ISO/IEC 14496-12, 12.6.3, 12.5.3 and 12.3.3.
XML_SUBTITLES = (
    "namespace" / Text(),
    "schema_location" / Default(Text(), ""),
    "auxiliary_mime_types" / OptionalText(),
)
SIMPLE_TEXT = ("content_encoding" / Default(Text(), ""), "mime_format" / Text())
XML_METADATA = (
    "content_encoding" / Default(Text(), ""),
    "namespace" / Text(),
    "schema_location" / Default(Text(), ""),
)
sample_entry(b"stpp", fields=(*XML_SUBTITLES, _CHILDREN))
sample_entry(*(b"sbtt", b"stxt", b"mett"), fields=(*SIMPLE_TEXT, _CHILDREN))
sample_entry(b"metx", fields=(*XML_METADATA, _CHILDREN))
box(b"txtC", body=FullBox("text_config" / LastText()))
box(b"mime", body=FullBox("content_type" / LastText()))
box(b"uri", body=FullBox("theURI" / LastText()))
box(b"uriI", body=FullBox("uri_initialization_data" / Default(GreedyBytes, b"")))

# 3GPP TS 26.245, 5.16.
TEXT_BOX = Struct("top" / Int16sb, "left" / Int16sb, "bottom" / Int16sb, "right" / Int16sb)
TEXT_STYLE = Struct(
    "startChar" / Default(Int16ub, 0),
    "endChar" / Default(Int16ub, 0),
    "font_ID" / Default(Int16ub, 1),
    EmbeddedBits(("face_style_flags", 8)),
    "font_size" / Int8ub,
    "text_color_rgba" / Default(Integers(4, size=1), [255] * 4),
)
TIMED_TEXT = (
    "displayFlags" / Default(Int32ub, 0),
    "horizontal_justification" / Default(Int8sb, 0),
    "vertical_justification" / Default(Int8sb, 0),
    "background_color_rgba" / Default(Integers(4, size=1), [0] * 4),
    "default_text_box" / TEXT_BOX,
    "default_style" / TEXT_STYLE,
)
sample_entry(b"tx3g", fields=(*TIMED_TEXT, _CHILDREN))
box(
    b"ftab",
    body=Struct(
        "font_entries"
        / Counted(Int16ub, Struct("font_ID" / Int16ub, "font_name" / CountedText()), 3)
    ),
)

# QuickTime's text description. Chapters in ISO files have this type with the fields of tx3g.
_COLOR = Struct("red" / Int16ub, "green" / Int16ub, "blue" / Int16ub)
_QUICKTIME_TEXT = (
    "display_flags" / Default(Int32ub, 0),
    "text_justification" / Default(Int32sb, 0),
    "background_color" / _COLOR,
    "default_text_box" / TEXT_BOX,
    "_reserved1" / Reserved(8),
    "font_number" / Default(Int16sb, 0),
    "font_face" / Default(Int16ub, 0),
    "_reserved2" / Reserved(3),
    "foreground_color" / _COLOR,
    "text_name" / CountedText(),
    _CHILDREN,
)
sample_entry(
    b"text",
    fields=(
        Forms(
            {
                "display_flags": Struct(*_QUICKTIME_TEXT),
                "displayFlags": Struct(*TIMED_TEXT, _CHILDREN),
            }
        ),
    ),
)

# QuickTime's time code description.
sample_entry(
    b"tmcd",
    fields=(
        "_reserved1" / Reserved(4),
        "time_code_flags" / Default(Int32ub, 0),
        "timescale" / Int32ub,
        "frame_duration" / Int32ub,
        "number_of_frames" / Int8ub,
        "_reserved2" / Reserved(1),
        _CHILDREN,
    ),
)
