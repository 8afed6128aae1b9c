"""Configurations of audio codecs for many channels and objects.

ETSI TS 103 190-2, E (AC-4); Dolby TrueHD in ISOBMFF; ETSI TS 102 114, E, and TS 103 491, B (DTS);
ISO/IEC 23008-3, 20 (MPEG-H); AOM's IAMF, 6; Google's spatial audio.
"""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, Int8ub, Int16ub, Int32ub

from ...errors import BoxParseError
from ..constructs.arrays import Counted
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.bits import EmbeddedBits
from ..constructs.build_values import as_bytes, field_of
from ..constructs.byte_fields import SizedBytes
from ..constructs.integers import Integers
from ..constructs.structs import Struct
from ..reader import window_on
from ..registry import CHILDREN, box


def _ac4(f: BitFields, context: Container) -> None:
    """`ac4_dsi_v1`; what is in a presentation stays bytes."""
    if f("ac4_dsi_version", 3, 1) != 1:
        raise BoxParseError("ac4_dsi_version is not 1")
    version = f("bitstream_version", 7, 2)
    f("fs_index", 1)
    f("frame_rate_index", 4)
    count = f.count("presentations", 9)
    if version > 1 and f("b_program_id", 1):
        f("short_program_id", 16)
        if f("b_uuid", 1):
            f.data("program_uuid", 16)
    f("bit_rate_mode", 2)
    f("bit_rate", 32)
    f("bit_rate_precision", 32)
    f.align()
    for presentation in f.each("presentations", count, minimum_bits=16):
        presentation("presentation_version", 8)
        given = presentation.length_of("presentation_data", lambda: 0)
        size = presentation("pres_bytes", 8, min(given, 255))
        if size == 255:
            size += presentation("add_pres_bytes", 16, max(given - 255, 0))
        presentation.data("presentation_data", size)


box(b"dac4", body=BitSyntax(_ac4))

box(
    b"dmlp",
    body=Struct(
        "format_info" / Int32ub,
        EmbeddedBits(("peak_data_rate", 15), ("_reserved1", 1)),
        "_reserved2" / Default(Int32ub, 0),
    ),
)

box(
    b"ddts",
    body=Struct(
        "DTSSamplingFrequency" / Int32ub,
        "maxBitrate" / Int32ub,
        "avgBitrate" / Int32ub,
        "pcmSampleDepth" / Int8ub,
        EmbeddedBits(
            ("FrameDuration", 2),
            ("StreamConstruction", 5),
            ("CoreLFEPresent", 1),
            ("CoreLayout", 6),
            ("CoreSize", 14),
            ("StereoDownmix", 1),
            ("RepresentationType", 3),
            ("ChannelLayout", 16),
            ("MultiAssetFlag", 1),
            ("LBRDurationMod", 1),
            ("ReservedBoxPresent", 1),
            ("_reserved", 5),
        ),
        "children" / Default(CHILDREN, []),
    ),
)


def _dts_uhd(f: BitFields, context: Container) -> None:
    f("DecoderProfileCode", 6)
    f("FrameDurationCode", 2)
    f("MaxPayloadCode", 3)
    count = f("NumPresentationsCode", 5) + 1
    f("ChannelMask", 32)
    f("BaseSamplingFrequencyCode", 1)
    f("SampleRateMod", 2)
    f("RepresentationType", 3)
    f("StreamIndex", 3)
    f("ExpansionBoxPresent", 1)
    tags = sum(f.numbers("IDTagPresent", count, 1))
    f.align()
    for tag in f.each("PresentationIDTags", tags, minimum_bits=128):
        tag.data("PresentationIDTag", 16)


box(
    b"udts",
    body=Struct(BitSyntax(_dts_uhd, embedded=True), "children" / Default(CHILDREN, [])),
)

box(
    b"mhaC",
    body=Struct(
        "configurationVersion" / Default(Int8ub, 1),
        "mpegh3daProfileLevelIndication" / Int8ub,
        "referenceChannelLayout" / Int8ub,
        "mpegh3daConfig" / SizedBytes(Int16ub),
    ),
)
box(b"mhaP", body=Struct("CompatibleSetIndication" / Counted(Int8ub, Integers(size=1))))


class Leb128Bytes(Construct):
    """Bytes preceded by their number in groups of seven bits, the lowest first."""

    _LONGEST = 8

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        window = window_on(stream)
        size = 0
        for index in range(self._LONGEST):
            byte = window.read(1)[0]
            size |= (byte & 0x7F) << 7 * index
            if not byte & 0x80:
                return window.read(size)
        raise BoxParseError(f"{field_of(path)}: a size of more than {self._LONGEST} bytes")

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        size = len(data)
        while size > 0x7F:
            stream.write(bytes([size & 0x7F | 0x80]))
            size >>= 7
        stream.write(bytes([size]) + data)


box(
    b"iacb",
    body=Struct("configurationVersion" / Default(Int8ub, 1), "configOBUs" / Leb128Bytes()),
)

box(
    b"SA3D",
    body=Struct(
        "version" / Default(Int8ub, 0),
        "ambisonic_type" / Default(Int8ub, 0),
        "ambisonic_order" / Int32ub,
        "ambisonic_channel_ordering" / Default(Int8ub, 0),
        "ambisonic_normalization" / Default(Int8ub, 0),
        "channel_map" / Counted(Int32ub, Integers()),
    ),
)
