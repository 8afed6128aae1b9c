"""`uuid` (ISO/IEC 14496-12, 4.2), with what is known in it, and Adobe's boxes of segment runs.

Fields are named and nested as pymp4 has them.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from construct import Construct, Container, Int8ub, Int32ub, Int64ub, this

from ...errors import BoxBuildError
from ..constructs.arrays import Counted
from ..constructs.bits import Bits, EmbeddedBits
from ..constructs.codes import Identifier
from ..constructs.containers import new_container
from ..constructs.full_box import ANY_VERSION, FullBox
from ..constructs.structs import Struct
from ..constructs.text import CString
from ..constructs.when import When
from ..reader import window_on
from ..registry import BOX, box
from .smooth_streaming import EXTENDED_TYPES as SMOOTH_STREAMING
from .tensor_index import TENSOR_INDEX, TENSOR_INDEX_BODY

EXTENDED_TYPES = {**SMOOTH_STREAMING, TENSOR_INDEX: TENSOR_INDEX_BODY}
"""What follows the extended type of `uuid` boxes, where it is known."""


class ExtendedData(Construct):
    """What follows the extended type: the fields of a known box, or bytes."""

    exact = True

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        definition = EXTENDED_TYPES.get(context["extended_type"])
        if definition is None:
            return window.read()
        return new_container(*definition.parse(b"uuid", window, Container(_=context)))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj is None or isinstance(obj, (bytes, bytearray, memoryview)):
            stream.write(bytes(obj or b""))
            return
        identifier = context["extended_type"]
        if not isinstance(identifier, UUID):
            identifier = UUID(bytes=identifier)
        definition = EXTENDED_TYPES.get(identifier)
        if definition is None:
            raise BoxBuildError(f"the data of {identifier} is bytes, not {type(obj).__name__}")
        stream.write(definition.build(b"uuid", obj, Container(_=context)))


box(b"uuid", body=Struct("extended_type" / Identifier(), "data" / ExtendedData()))


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
        versions=ANY_VERSION,
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
        versions=ANY_VERSION,
    ),
)
box(
    b"afrt",
    body=FullBox(
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
        versions=ANY_VERSION,
        flags=Bits(("_reserved", 23), ("update", bool)),
    ),
)
