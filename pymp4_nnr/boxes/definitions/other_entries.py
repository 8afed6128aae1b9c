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
    Struct,
)

from ..constructs.arrays import Counted, Integers
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import Reserved
from ..constructs.forms import Forms
from ..constructs.full_box import FullBox
from ..constructs.text import CountedText, LastText, Text
from ..reader import window_on
from ..registry import CHILDREN, box, sample_entry

_CHILDREN = "children" / Default(CHILDREN, [])


class OptionalText(Construct):
    """A string that writers leave out: None where the box ends, or its boxes begin, instead."""

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
# URI metadata of ISO/IEC 14496-12, 12.3.3.
sample_entry(b"wvtt", b"mp4s", b"mebx", b"c608", b"c708", b"urim", fields=(_CHILDREN,))

# ISO/IEC 14496-12, 12.6.3 and 12.5.3.
sample_entry(
    b"stpp",
    fields=(
        "namespace" / Text(),
        "schema_location" / Default(Text(), ""),
        "auxiliary_mime_types" / OptionalText(),
        _CHILDREN,
    ),
)
sample_entry(
    b"sbtt",
    b"stxt",
    b"mett",
    fields=("content_encoding" / Default(Text(), ""), "mime_format" / Text(), _CHILDREN),
)
sample_entry(
    b"metx",
    fields=(
        "content_encoding" / Default(Text(), ""),
        "namespace" / Text(),
        "schema_location" / Default(Text(), ""),
        _CHILDREN,
    ),
)
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
_TIMED_TEXT = (
    "displayFlags" / Default(Int32ub, 0),
    "horizontal_justification" / Default(Int8sb, 0),
    "vertical_justification" / Default(Int8sb, 0),
    "background_color_rgba" / Default(Integers(4, size=1), [0] * 4),
    "default_text_box" / TEXT_BOX,
    "default_style" / TEXT_STYLE,
    _CHILDREN,
)
sample_entry(b"tx3g", fields=_TIMED_TEXT)
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
        Forms({"display_flags": Struct(*_QUICKTIME_TEXT), "displayFlags": Struct(*_TIMED_TEXT)}),
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

# Hint tracks, ISO/IEC 14496-12, 9.1.2 and 9.4.1.2.
sample_entry(
    *(b"rtp", b"srtp", b"rrtp", b"rsrp"),
    fields=(
        "hinttrackversion" / Default(Int16ub, 1),
        "highestcompatibleversion" / Default(Int16ub, 1),
        "maxpacketsize" / Int32ub,
        _CHILDREN,
    ),
)
box(b"tims", body=Struct("timescale" / Int32ub))
# The standard's name of the field, offset, is taken: it is the box's place in the file.
box(b"tsro", b"snro", body=Struct("offset_value" / Int32sb))
