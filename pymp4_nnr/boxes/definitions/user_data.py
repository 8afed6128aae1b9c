"""`udta`, its notices, and the tags of 3GPP, QuickTime and Nero."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, Int8ub, Int16ub, Int32sb, Int64ub

from ...errors import BoxParseError
from ..box import Boxes, BoxFamily
from ..constructs.arrays import Counted, Repeat
from ..constructs.build_values import as_bytes
from ..constructs.byte_fields import Reserved, Sized
from ..constructs.codes import FourCC, Language
from ..constructs.full_box import FullBox, from_version
from ..constructs.optional import IfMore
from ..constructs.structs import Struct
from ..constructs.text import CountedText, LastText, UnicodeText, WholeText
from ..constructs.when import When
from ..definition import Definition
from ..reader import window_on
from ..registry import BOX, box


class Terminator(Construct):
    """The 32-bit zero that may end QuickTime's user data: a field only where it is there."""

    exact = True

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        if window.remaining == 4 and not int.from_bytes(window.read()):
            window.note = None
            return Container(terminator=0)
        window.seek(start)
        return Container()

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj.get("terminator") is not None:
            stream.write(int(obj["terminator"]).to_bytes(4))


class _InternationalText(Construct):
    """One text: its size, its language, a Macintosh code or a packed ISO one, and its bytes."""

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        size = int.from_bytes(window.read(2))
        language = Language()._parse(window, context, path)
        text = WholeText()._parse(window.inner(size), context, path)
        return Container([("language", language), ("text", text)])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        text = as_bytes(obj["text"], "text")
        stream.write(Int16ub.build(len(text)))
        Language()._build(obj.get("language"), stream, context, path)
        stream.write(text)


class InternationalTexts(Construct):
    """QuickTime's texts in several languages, each after its size and language; or `data`.

    Other writers have text of other forms in boxes of these types.
    """

    fields = (("texts",), ("data",))
    _TEXTS = Repeat(None, _InternationalText(), 4)

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        start = window.tell()
        try:
            texts = self._TEXTS._parse(window, context, path)
            if texts and not window.remaining:
                return Container(texts=texts)
        except BoxParseError:
            pass
        window.seek(start)
        return Container(data=window.read())

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj.get("texts") is not None:
            self._TEXTS._build(obj["texts"], stream, context, path)
        else:
            stream.write(as_bytes(obj.get("data") or b"", "data"))


_INTERNATIONAL = Definition(Struct(InternationalTexts()))
_NAME = Definition(Struct("name" / WholeText()))


def _find(code: bytes) -> Definition:
    """In user data, types that begin with the sign of copyright are QuickTime's texts."""
    if code[:1] == b"\xa9":
        return _INTERNATIONAL
    return _NAME if code == b"name" else BOX.find(code)


USER_DATA = BoxFamily("type", _find, framed=True)
"""Boxes in `udta`."""

# ISO/IEC 14496-12, 8.10.1.
box(b"udta", body=Struct("children" / Default(Boxes(USER_DATA), []), Terminator()))

# ISO/IEC 14496-12, 8.10.2, and 3GPP TS 26.244, 8; Apple has tags of the same form. Text in UTF-16
# stays bytes.
box(b"cprt", body=FullBox("language" / Language(), "notice" / LastText()))
box(b"swre", b"ades", body=FullBox("language" / Language(), "text" / LastText()))
for _code, _name in {
    b"titl": "title",
    b"dscp": "description",
    b"perf": "performer",
    b"gnre": "genre",
    b"auth": "author",
}.items():
    box(_code, body=FullBox("language" / Language(), _name / LastText()))
box(b"yrrc", body=FullBox("recording_year" / Int16ub))
box(
    b"albm",
    body=FullBox(
        "language" / Language(), "album_title" / UnicodeText(), "track_number" / IfMore(Int8ub)
    ),
)
box(
    b"kywd",
    body=FullBox("language" / Language(), "keywords" / Counted(Int8ub, Sized(Int8ub, LastText()))),
)
box(
    b"clsf",
    body=FullBox(
        "classification_entity" / FourCC(),
        "classification_table" / Int16ub,
        "language" / Language(),
        "classification_info" / LastText(),
    ),
)
# Places are in degrees and metres, 16.16.
box(
    b"loci",
    body=FullBox(
        "language" / Language(),
        "name" / UnicodeText(),
        "role" / Int8ub,
        "longitude" / Int32sb,
        "latitude" / Int32sb,
        "altitude" / Int32sb,
        "astronomical_body" / UnicodeText(),
        "additional_notes" / UnicodeText(),
    ),
)
box(
    b"rtng",
    body=FullBox(
        "rating_entity" / FourCC(),
        "rating_criteria" / FourCC(),
        "language" / Language(),
        "rating_info" / LastText(),
    ),
)

# Nero's chapters: start times in units of 100 nanoseconds.
box(
    b"chpl",
    body=FullBox(
        "_reserved" / When(from_version(1), Reserved(4)),
        "chapters" / Counted(Int8ub, Struct("start" / Int64ub, "title" / CountedText()), 9),
        versions=(1, 0),
    ),
)
