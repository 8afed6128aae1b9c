"""The configurations of video codecs (ISO/IEC 14496-15 and each codec's own document)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import Construct, Container, Default, GreedyBytes, Int8ub, Int16ub, Rebuild
from construct.expr import this

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted, Repeat
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.bits import Bits, EmbeddedBits
from ..constructs.byte_fields import Reserved, SizedBytes
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.optional import Tail
from ..constructs.structs import Struct
from ..constructs.when import When
from ..reader import Window, window_on
from ..registry import box

NAL_UNIT = SizedBytes(Int16ub)


def _count(of: str, fixed: int, default: int) -> Callable[[Container], int]:
    """Number of the items in `of`; the bits of `fixed` are kept from the parsed count."""
    hidden = f"_{of}_count"
    return lambda context: (context.get(hidden) or default) & fixed | len(context.get(of) or ())


# AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1. Names are pymp4's; three reserved bits
# lie with the number of sps. The tail is there in the High profiles.
_AVC = Struct(
    "version" / Default(Int8ub, 1),
    "profile" / Int8ub,
    "compatibility" / Int8ub,
    "level" / Int8ub,
    EmbeddedBits(("_reserved", 6, 63), ("nal_unit_length_field", 2, 3)),
    "_sps_count" / Rebuild(Int8ub, _count("sps", 0xE0, 0xE0)),
    "sps" / Default(Repeat(lambda context: context["_sps_count"] & 31, NAL_UNIT, 2), []),
    "pps" / Default(Counted(Int8ub, NAL_UNIT, 2), []),
    Tail(
        EmbeddedBits(
            ("_reserved1", 6, 63),
            ("chroma_format", 2),
            ("_reserved2", 5, 31),
            ("bit_depth_luma_minus8", 3),
            ("_reserved3", 5, 31),
            ("bit_depth_chroma_minus8", 3),
        ),
        "sps_ext" / Default(Counted(Int8ub, NAL_UNIT, 2), []),
    ),
)
# avcE is Dolby Vision's, of the enhancement layer, as is hvcE.
box(b"avcC", b"avcE", body=_AVC)


def _layered_avc(*head: tuple[Any, ...]) -> Struct:
    """The records of scalable and multiview video, which differ in the bits of one byte."""
    return Struct(
        "version" / Default(Int8ub, 1),
        "profile" / Int8ub,
        "compatibility" / Int8ub,
        "level" / Int8ub,
        EmbeddedBits(*head, ("nal_unit_length_field", 2, 3)),
        "_sps_count" / Rebuild(Int8ub, _count("sps", 0x80, 0)),
        "sps" / Default(Repeat(lambda context: context["_sps_count"] & 127, NAL_UNIT, 2), []),
        "pps" / Default(Counted(Int8ub, NAL_UNIT, 2), []),
    )


# ISO/IEC 14496-15, 6.5.3.1 and 7.5.3.1; the names are those of avcC.
box(b"svcC", body=_layered_avc(("complete_representation", bool), ("_reserved", 5, 31)))
box(
    b"mvcC",
    body=_layered_avc(
        ("complete_representation", bool), ("explicit_au_track", bool), ("_reserved", 4, 15)
    ),
)

NAL_ARRAYS = Counted(
    Int8ub,
    Struct(
        EmbeddedBits(("array_completeness", bool), ("_reserved", 1), ("NAL_unit_type", 6)),
        "nal_units" / Counted(Int16ub, NAL_UNIT, 2),
    ),
    3,
)


class _HevcArrays(Construct):
    """The end of `hvcC`: pymp4's `raw_bytes`, and the same in `arrays`, if it can be read so.

    Either of them is enough when building; both must say the same.
    """

    fields = (("raw_bytes",), ("arrays",))

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        raw = window_on(stream).read()
        fields = Container(raw_bytes=raw)
        window = Window(raw)
        try:
            arrays = NAL_ARRAYS._parse(window, context, path)
            if not window.remaining and NAL_ARRAYS.build(arrays) == raw:
                fields["arrays"] = arrays
        except Exception:
            pass  # raw_bytes has it all
        return fields

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        raw, arrays = obj.get("raw_bytes"), obj.get("arrays")
        if arrays is not None:
            built = NAL_ARRAYS.build(arrays)
            if raw is not None and built != raw:
                raise BoxBuildError("raw_bytes and arrays differ: leave one of them out")
            raw = built
        if raw is None:
            raise BoxBuildError("field 'raw_bytes' or 'arrays' is missing")
        stream.write(bytes(raw))


# HEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 8.3.3.1, with pymp4's names.
box(
    *(b"hvcC", b"hvcE"),
    body=Struct(
        EmbeddedBits(
            ("version", 8, 1),
            ("profile_space", 2),
            ("general_tier_flag", 1),
            ("general_profile", 5),
            ("general_profile_compatibility_flags", 32),
            ("general_constraint_indicator_flags", 48),
            ("general_level", 8),
            ("_reserved1", 4, 15),
            ("min_spatial_segmentation", 12),
            ("_reserved2", 6, 63),
            ("parallelism_type", 2),
            ("_reserved3", 6, 63),
            ("chroma_format", 2),
            ("_reserved4", 5, 31),
            ("luma_bit_depth", 3),
            ("_reserved5", 5, 31),
            ("chroma_bit_depth", 3),
            ("average_frame_rate", 16),
            ("constant_frame_rate", 2),
            ("num_temporal_layers", 3),
            ("temporal_id_nested", 1),
            ("nalu_length_size", 2),
        ),
        _HevcArrays(),
    ),
)

# LHEVCDecoderConfigurationRecord, ISO/IEC 14496-15, 9.5.3.
box(
    b"lhvC",
    body=Struct(
        EmbeddedBits(
            ("configurationVersion", 8, 1),
            ("_reserved1", 4, 15),
            ("min_spatial_segmentation_idc", 12),
            ("_reserved2", 6, 63),
            ("parallelismType", 2),
            ("_reserved3", 2, 3),
            ("numTemporalLayers", 3),
            ("temporalIdNested", 1),
            ("lengthSizeMinusOne", 2),
        ),
        "arrays" / NAL_ARRAYS,
    ),
)


def vvc_profile(f: BitFields, sublayers: int) -> None:
    """VvcPTLRecord of so many sublayers (ISO/IEC 14496-15, 11.2.4.2).

    The flags of the sublayers' levels are the highest bits of a byte, which is there if there are
    several sublayers.
    """
    if sublayers > 8:
        raise BoxParseError(f"{sublayers} sublayers are too many")
    f("_reserved", 2)
    size = f("num_bytes_constraint_info", 6, 1)
    f("general_profile_idc", 7)
    f("general_tier_flag", 1)
    f("general_level_idc", 8)
    f("ptl_frame_only_constraint_flag", 1)
    f("ptl_multi_layer_enabled_flag", 1)
    f("general_constraint_info", max(size * 8 - 2, 6))
    if sublayers > 1:
        levels = f("_sublayer_levels", 8) >> 9 - sublayers
        f.numbers("sublayer_level_idc", bin(levels).count("1"), 8)
    name = "general_sub_profile_idc"
    f.numbers(name, f.count(name, 8), 32)


class _VvcArray(Construct):
    """NAL units of one type; the two types of which there is only one have no count."""

    _HEAD = Bits(("array_completeness", bool), ("_reserved", 2), ("NAL_unit_type", 5))
    _ALONE = (12, 13)  # OPI_NUT, DCI_NUT

    def _units(self, kind: int) -> Construct:
        return Repeat(1, NAL_UNIT) if kind in self._ALONE else Counted(Int16ub, NAL_UNIT, 2)

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        array = self._HEAD._parse(stream, context, path)
        array["nal_units"] = self._units(array["NAL_unit_type"])._parse(stream, context, path)
        return array

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        head = {key: value for key, value in dict.items(obj) if key != "nal_units"}
        self._HEAD._build(head, stream, context, path)
        self._units(head["NAL_unit_type"])._build(obj["nal_units"], stream, context, path)


_VVC_LAYERS = Struct(
    EmbeddedBits(
        ("ols_idx", 9),
        ("num_sublayers", 3),
        ("constant_frame_rate", 2),
        ("chroma_format_idc", 2),
        ("bit_depth_minus8", 3),
        ("_reserved", 5, 31),
    ),
    "native_ptl" / BitSyntax(lambda f, context: vvc_profile(f, context["num_sublayers"])),
    "max_picture_width" / Int16ub,
    "max_picture_height" / Int16ub,
    "avg_frame_rate" / Int16ub,
)

# VvcDecoderConfigurationRecord, ISO/IEC 14496-15, 11.2.4.2.
box(
    b"vvcC",
    body=FullBox(
        EmbeddedBits(("_reserved", 5, 31), ("LengthSizeMinusOne", 2), ("ptl_present_flag", bool)),
        "ptl" / When(this.ptl_present_flag, _VVC_LAYERS),
        "arrays" / Default(Counted(Int8ub, _VvcArray(), 3), []),
    ),
)

# AV1 in ISOBMFF, 2.3.3.
box(
    b"av1C",
    body=Struct(
        EmbeddedBits(
            ("marker", 1, 1),
            ("version", 7, 1),
            ("seq_profile", 3),
            ("seq_level_idx_0", 5),
            ("seq_tier_0", 1),
            ("high_bitdepth", 1),
            ("twelve_bit", 1),
            ("monochrome", 1),
            ("chroma_subsampling_x", 1),
            ("chroma_subsampling_y", 1),
            ("chroma_sample_position", 2),
            ("_reserved", 3),
            ("initial_presentation_delay_present", 1),
            ("initial_presentation_delay_minus_one", 4),
        ),
        "configOBUs" / Default(GreedyBytes, b""),
    ),
)

# VP Codec ISO Media File Format Binding.
box(
    b"vpcC",
    body=FullBox(
        "profile" / Int8ub,
        "level" / Int8ub,
        EmbeddedBits(("bitDepth", 4), ("chromaSubsampling", 3), ("videoFullRangeFlag", 1)),
        "colourPrimaries" / Default(Int8ub, 2),
        "transferCharacteristics" / Default(Int8ub, 2),
        "matrixCoefficients" / Default(Int8ub, 2),
        "codecInitializationData" / Default(SizedBytes(Int16ub), b""),
        versions=(1, 0),
    ),
)

# Dolby Vision streams within ISOBMFF, 3.2.
box(
    b"dvcC",
    b"dvvC",
    b"dvwC",
    body=Struct(
        EmbeddedBits(
            ("dv_version_major", 8),
            ("dv_version_minor", 8),
            ("dv_profile", 7),
            ("dv_level", 6),
            ("rpu_present_flag", 1),
            ("el_present_flag", 1),
            ("bl_present_flag", 1),
            ("dv_bl_signal_compatibility_id", 4),
            ("_reserved1", 4),
        ),
        "_reserved2" / Reserved(19),
    ),
)

# 3GPP TS 26.244, 6.8.
box(
    b"d263",
    body=Struct(
        "vendor" / FourCC(),
        "decoder_version" / Default(Int8ub, 0),
        "H263_Level" / Int8ub,
        "H263_Profile" / Int8ub,
    ),
)
