"""`udta`, its notices, and the tags of 3GPP and Nero."""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    Int8ub,
    Int16ub,
    Int64ub,
    Struct,
)

from ..constructs.arrays import Counted
from ..constructs.byte_fields import Reserved
from ..constructs.codes import FourCC, Language
from ..constructs.full_box import FullBox, from_version
from ..constructs.optional import When
from ..constructs.text import CountedText, LastText
from ..reader import window_on
from ..registry import CHILDREN, box, container_box


class Terminator(Construct):
    """The 32-bit zero that may end QuickTime's user data: a field only where it is there."""

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


# ISO/IEC 14496-12, 8.10.1.
box(b"udta", body=Struct("children" / Default(CHILDREN, []), Terminator()))

# ISO/IEC 14496-12, 9.1.5 and 9.1.6: what hint tracks and their movie leave here.
container_box(b"hnti", b"hinf")

# ISO/IEC 14496-12, 8.10.2, and 3GPP TS 26.244, 8. Text in UTF-16 stays bytes.
box(b"cprt", body=FullBox("language" / Language(), "notice" / LastText()))
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
