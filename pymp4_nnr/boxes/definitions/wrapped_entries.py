"""Sample entries of protected, restricted and incomplete content, with the original's fields.

ISO/IEC 14496-12, 8.12, 8.15 and 8.17. Those of video and sound are with the other video and sound.
"""

from __future__ import annotations

import contextlib
from typing import Any

from construct import Bytes, Construct, ConstructError, Container, Default

from ...errors import BoxParseError
from ..constructs.structs import Struct
from ..reader import Window, window_on
from ..registry import CHILDREN, sample_entry
from .text_entries import SIMPLE_TEXT, TIMED_TEXT, XML_METADATA, XML_SUBTITLES

_CHILDREN = "children" / Default(CHILDREN, [])


class OriginalFields(Construct):
    """The fields that the original entry has before its boxes; of the enclosing Struct.

    The original's type is in `frma`, in one of the boxes. An entry of a type that is not listed
    has no fields before its boxes.
    """

    def __init__(self, forms: dict[tuple[bytes, ...], tuple[Construct, ...]]) -> None:
        super().__init__()
        self.flagembedded = True
        self.cases = {codes: Struct(*fields) for codes, fields in forms.items()}

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        listed = [code for codes in self.cases for code in codes]
        for codes, form in self.cases.items():
            with contextlib.suppress(BoxParseError, ConstructError):
                fields: Container = form._parse(window, context, path)
                if _original_format(window) in codes:
                    return fields
            window.seek(start)
        if _original_format(window) in listed or not CHILDREN.fill(window):
            raise BoxParseError("the boxes of the entry do not tell its original format")
        return Container()

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        """Build the form that has the most of the fields given; none where none has any."""
        form = max(self.cases.values(), key=lambda form: _number_given(form, obj))
        return form._build(obj, stream, context, path) if _number_given(form, obj) else None


def _number_given(form: Struct, obj: Any) -> int:
    return sum(obj.get(field.name) is not None for field in form.subcons)


def _original_format(window: Window) -> bytes | None:
    """What `frma` says, in a box of the boxes up to the end. The window stays where it is."""
    start = window.tell()
    found = None
    if CHILDREN.fill(window):
        for kind in (b"sinf", b"rinf", b"cinf"):
            inner = _body(window.read(), kind)
            window.seek(start)
            format_box = _body(inner, b"frma")
            if len(format_box) >= 4:
                found = format_box[:4].rstrip(b" \0")
                break
    window.seek(start)
    return found


def _body(data: bytes, kind: bytes) -> bytes:
    """The body of the first box of a type among boxes with sizes of 32 bits; empty without one."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4])
        if size < 8:
            break
        if data[position + 4 : position + 8] == kind:
            return data[position + 8 : position + size]
        position += size
    return b""


# Text, subtitles and metadata.
sample_entry(
    *(b"enct", b"encu", b"encm", b"rest", b"resu", b"resm", b"icpt", b"icpm"),
    fields=(
        OriginalFields(
            {
                (b"stpp",): XML_SUBTITLES,
                (b"sbtt", b"stxt", b"mett"): SIMPLE_TEXT,
                (b"metx",): XML_METADATA,
                (b"tx3g",): TIMED_TEXT,
            }
        ),
        _CHILDREN,
    ),
)

# Systems, fonts, haptics: nothing but boxes. Volumetric video has its compressor's name.
sample_entry(
    *(b"encs", b"ress", b"encf", b"resf", b"encp", b"resp", b"icps", b"icpp"),
    fields=(_CHILDREN,),
)
sample_entry(
    *(b"enc3", b"res3", b"icp3"),
    fields=("compressorname" / Default(Bytes(32), bytes(32)), _CHILDREN),
)
