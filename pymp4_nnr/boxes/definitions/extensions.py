"""`uuid` (ISO/IEC 14496-12, 4.2), with PIFF's boxes in it, and Adobe's boxes of segment runs.

Fields are named and nested as pymp4 has them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from construct import Construct, Container, Default, Int8ub, Int32ub, Int64ub, Struct, this

from ...errors import BoxBuildError
from ..constructs.fields import Identifier, When
from ..constructs.kit import Bits, Counted, EmbeddedBits, FullBox
from ..reader import window_on
from ..registry import BOX, box

PIFF = {
    UUID("a2394f52-5a9b-4f14-a244-6c427c648df4"): b"senc",
    UUID("d08a4f18-10f3-4a82-b6c8-32d8aba183d3"): b"pssh",
    UUID("8974dbce-7be7-4c51-84f9-7148f9882554"): b"tenc",
}
"""Extended types whose body is that of another box."""


class ExtendedData(Construct):
    """What follows the extended type: the fields of a known box, or bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        code = PIFF.get(context["extended_type"])
        if code is None:
            return window.read()
        inner = Container(_=context, type=code)
        return BOX.find(code).parse(code, window, inner)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj is None or isinstance(obj, (bytes, bytearray, memoryview)):
            stream.write(bytes(obj or b""))
            return
        identifier = context["extended_type"]
        code = PIFF.get(identifier if isinstance(identifier, UUID) else UUID(bytes=identifier))
        if code is None:
            raise BoxBuildError(f"the data of {identifier} is bytes, not {type(obj).__name__}")
        stream.write(BOX.find(code).build(code, obj, Container(_=context, type=code)))


box(b"uuid", body=Struct("extended_type" / Identifier(), "data" / ExtendedData()))


class CString(Construct):
    """A NUL-terminated string as bytes, as pymp4 has them in these boxes."""

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        window = window_on(stream)
        start = window.tell()
        text = window.read().partition(b"\0")[0]
        window.seek(start + len(text))
        window.read(1)
        return text

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if b"\0" in obj:
            raise BoxBuildError(f"{path.rpartition(' -> ')[2]}: a string cannot hold NUL")
        stream.write(obj + b"\0")


# Adobe HTTP Dynamic Streaming Specification, "Bootstrap Info box" and the boxes in it.
_QUALITIES = "quality_entry_table" / Counted(Int8ub, CString())
box(
    b"abst",
    body=FullBox(
        "info_version" / Int32ub,
        EmbeddedBits(
            ("_reserved_1", 1),
            ("profile", bool),
            ("live", bool),
            ("update", bool),
            ("_reserved_2", 4),
        ),
        "time_scale" / Int32ub,
        "current_media_time" / Int64ub,
        "smpte_time_code_offset" / Int64ub,
        "movie_identifier" / CString(),
        "server_entry_table" / Counted(Int8ub, CString()),
        _QUALITIES,
        "drm_data" / CString(),
        "metadata" / CString(),
        "segment_run_table" / Counted(Int8ub, BOX, minimum_size=8),
        "fragment_run_table" / Counted(Int8ub, BOX, minimum_size=8),
    ),
)
box(
    b"asrt",
    body=FullBox(
        _QUALITIES,
        "segment_run_enteries"
        / Counted(
            Int32ub,
            Struct("first_segment" / Int32ub, "fragments_per_segment" / Int32ub),
            minimum_size=8,
        ),
    ),
)
box(
    b"afrt",
    body=Struct(
        "version" / Default(Int8ub, 0),
        "flags" / Bits(("_reserved", 23), ("update", bool)),
        "time_scale" / Int32ub,
        _QUALITIES,
        "fragment_run_enteries"
        / Counted(
            Int32ub,
            Struct(
                "first_fragment" / Int32ub,
                "first_fragment_timestamp" / Int64ub,
                "fragment_duration" / Int32ub,
                "discontinuity" / When(this.fragment_duration == 0, Int8ub),
            ),
            minimum_size=16,
        ),
    ),
)
