"""The descriptors of MPEG-4 systems (ISO/IEC 14496-1, 7.2.6), in `esds` and `iods`."""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    GreedyBytes,
    Int8ub,
    Int16ub,
    Int24ub,
    Int32ub,
    ListContainer,
)
from construct.expr import this

from ...errors import BoxBuildError, BoxParseError
from ..constructs.bits import EmbeddedBits
from ..constructs.build_values import field_of
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..constructs.text import CountedText
from ..constructs.when import When
from ..reader import MAX_DEPTH, window_on
from ..registry import box


class Descriptor(Construct):
    """A descriptor: `tag`, fields, and the descriptors in it.

    Its size is written in as many bytes as it had when parsed, else in as few as possible.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        if window.depth > MAX_DEPTH:
            raise BoxParseError("descriptors are nested too deep")
        tag = window.read(1)[0]
        size = length = 0
        while True:
            byte = window.read(1)[0]
            size, length = size << 7 | byte & 0x7F, length + 1
            if not byte & 0x80:
                break
            if length == 4:
                raise BoxParseError("the size of a descriptor has more than 4 bytes")
        inside = window.inner(size)
        fields = _FIELDS.get(tag, _OTHER)._parse(inside, context, path)
        if inside.remaining:
            raise BoxParseError(f"{inside.remaining} bytes are left of descriptor {tag}")
        return Container([("tag", tag), ("_size_bytes", length), *dict.items(fields)])

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        tag = obj["tag"]
        body = _FIELDS.get(tag, _OTHER).build(obj)
        length = obj.get("_size_bytes") or 1
        length = max(length, -(-len(body).bit_length() // 7))
        if length > 4:
            raise BoxBuildError(f"descriptor {tag} has {len(body)} bytes")
        sizes = [len(body) >> 7 * i & 0x7F | (0x80 if i else 0) for i in reversed(range(length))]
        stream.write(bytes([tag, *sizes]) + body)


class Descriptors(Construct):
    """Descriptors up to the end of what they are in."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> ListContainer:
        window = window_on(stream)
        found = ListContainer()
        while window.remaining:
            found.append(DESCRIPTOR._parse(window, context, path))
        return found

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if not isinstance(obj, list):
            raise BoxBuildError(f"{field_of(path)} must be a list")
        for descriptor in obj:
            DESCRIPTOR._build(descriptor, stream, context, path)


DESCRIPTOR = Descriptor()
_INNER = "descriptors" / Default(Descriptors(), [])
_OTHER = Struct("data" / Default(GreedyBytes, b""))

_ES_DESCRIPTOR = Struct(
    "ES_ID" / Default(Int16ub, 0),
    EmbeddedBits(
        ("streamDependenceFlag", bool),
        ("URL_Flag", bool),
        ("OCRstreamFlag", bool),
        ("streamPriority", 5),
    ),
    "dependsOn_ES_ID" / When(this.streamDependenceFlag, Int16ub),
    "URLstring" / When(this.URL_Flag, CountedText()),
    "OCR_ES_Id" / When(this.OCRstreamFlag, Int16ub),
    _INNER,
)

_DECODER_CONFIG = Struct(
    "objectTypeIndication" / Int8ub,
    EmbeddedBits(("streamType", 6), ("upStream", bool), ("_reserved", 1, 1)),
    "bufferSizeDB" / Default(Int24ub, 0),
    "maxBitrate" / Default(Int32ub, 0),
    "avgBitrate" / Default(Int32ub, 0),
    _INNER,
)

_PROFILES = ("OD", "scene", "audio", "visual", "graphics")
_OBJECT_DESCRIPTOR = Struct(
    EmbeddedBits(
        ("ObjectDescriptorID", 10),
        ("URL_Flag", bool),
        ("includeInlineProfileLevelFlag", bool),
        ("_reserved", 4, 15),
    ),
    "URLstring" / When(this.URL_Flag, CountedText()),
    *(f"{name}ProfileLevelIndication" / When(~this.URL_Flag, Int8ub) for name in _PROFILES),
    _INNER,
)

_FIELDS = {
    0x03: _ES_DESCRIPTOR,
    0x04: _DECODER_CONFIG,
    0x0E: Struct("Track_ID" / Int32ub),  # ES_ID_IncDescriptor, ISO/IEC 14496-14, 3.1.1
    0x0F: Struct("ref_index" / Int16ub),  # ES_ID_RefDescriptor
    0x10: _OBJECT_DESCRIPTOR,  # MP4_IOD
}

# ISO/IEC 14496-14, 6.7.2 and 5.1.
box(b"esds", body=FullBox("ES" / DESCRIPTOR))
box(b"iods", body=FullBox("OD" / DESCRIPTOR))
