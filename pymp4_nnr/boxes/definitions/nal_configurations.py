"""Configurations of video of NAL units beside AVC, HEVC and VVC (ISO/IEC 14496-15)."""

from __future__ import annotations

from construct import Default, GreedyBytes, Int8ub, Int16ub, Int32ub

from ..constructs.arrays import Counted
from ..constructs.bits import EmbeddedBits
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..registry import box
from .descriptors import Descriptors
from .video_configurations import NAL_ARRAYS, NAL_UNIT

# EVCDecoderConfigurationRecord, 12.3.3.2.
box(
    b"evcC",
    body=Struct(
        "configurationVersion" / Default(Int8ub, 1),
        "profile_idc" / Int8ub,
        "level_idc" / Int8ub,
        "toolset_idc_h" / Int32ub,
        "toolset_idc_l" / Int32ub,
        EmbeddedBits(
            ("chroma_format_idc", 2), ("bit_depth_luma_minus8", 3), ("bit_depth_chroma_minus8", 3)
        ),
        "pic_width_in_luma_samples" / Int16ub,
        "pic_height_in_luma_samples" / Int16ub,
        EmbeddedBits(("_reserved", 6), ("lengthSizeMinusOne", 2, 3)),
        "arrays" / Default(NAL_ARRAYS, []),
    ),
)

# LCEVCDecoderConfigurationRecord.
box(
    b"lvcC",
    body=Struct(
        "configurationVersion" / Default(Int8ub, 1),
        "LCEVCProfileIndication" / Int8ub,
        "LCEVCLevelIndication" / Int8ub,
        EmbeddedBits(
            ("chroma_format_idc", 2), ("bit_depth_luma_minus8", 3), ("bit_depth_chroma_minus8", 3)
        ),
        EmbeddedBits(("lengthSizeMinusOne", 2, 3), ("_reserved1", 6, 63)),
        "pic_width_in_luma_samples" / Int32ub,
        "pic_height_in_luma_samples" / Int32ub,
        EmbeddedBits(
            ("sc_in_stream", 1), ("gc_in_stream", 1), ("ai_in_stream", 1), ("_reserved2", 5, 31)
        ),
        "arrays"
        / Counted(
            Int8ub,
            Struct(
                EmbeddedBits(("_reserved", 2), ("NAL_unit_type", 6)),
                "nal_units" / Counted(Int16ub, NAL_UNIT, 2),
            ),
            3,
        ),
    ),
)

# VvcNALUConfigBox, 11.2.4.3.
box(b"vvnC", body=FullBox(EmbeddedBits(("_reserved", 6), ("LengthSizeMinusOne", 2, 3))))

# HEVCTileConfigurationBox and EVCSliceComponentTrackConfigurationBox: what follows the version
# stays bytes.
box(
    *(b"hvtC", b"evsC"),
    body=Struct("configurationVersion" / Default(Int8ub, 1), "record" / GreedyBytes),
)

# MPEG4ExtensionDescriptorsBox, 5.3.4.1.
box(b"m4ds", body=Struct("Descr" / Default(Descriptors(), [])))
