"""Visual sample entries (ISO/IEC 14496-12, 12.1.3) and the boxes that all of them may hold."""

from __future__ import annotations

from typing import Any

from construct import (
    Construct,
    Container,
    Default,
    Embedded,
    GreedyBytes,
    Int8ub,
    Int16sb,
    Int16ub,
    Int32sb,
    Int32ub,
    Switch,
)
from construct.expr import this

from ..box import BoxFamily
from ..constructs.arrays import Repeat
from ..constructs.bits import EmbeddedBits
from ..constructs.byte_fields import Padded
from ..constructs.codes import FourCC
from ..constructs.full_box import FullBox
from ..constructs.structs import Struct
from ..reader import window_on
from ..registry import CHILDREN, box, declared_box, sample_entry

# The names are pymp4's, which are QuickTime's; in ISO files the fields that are not mentioned in
# ISO/IEC 14496-12 are reserved, and keep what they hold.
VISUAL_FIELDS = (
    "version" / Default(Int16ub, 0),
    "revision" / Default(Int16ub, 0),
    "vendor" / Default(Padded(4, b" "), b"brdy"),
    "temporal_quality" / Default(Int32ub, 0),
    "spatial_quality" / Default(Int32ub, 0),
    "width" / Int16ub,
    "height" / Int16ub,
    "horizontal_resolution" / Default(Int16ub, 72),
    "_horizontal_fraction" / Default(Int16ub, 0),
    "vertical_resolution" / Default(Int16ub, 72),
    "_vertical_fraction" / Default(Int16ub, 0),
    "data_size" / Default(Int32ub, 0),
    "frame_count" / Default(Int16ub, 1),
    "compressor_name" / Default(Padded(32, b" "), b""),
    "depth" / Default(Int16ub, 24),
    "color_table_id" / Default(Int16sb, -1),
)
VIDEO_ENTRY = (*VISUAL_FIELDS, "children" / Default(CHILDREN, []))


class FirstChild(Construct):
    """The first box in an entry, in the shape that pymp4 gives it; None if there is none."""

    exact = True

    _FAMILY = BoxFamily("type", declared_box, framed=False)

    def _parse(self, stream: Any, context: Container, path: str) -> Container | None:
        window = window_on(stream)
        if not CHILDREN.is_next(window):
            return None
        return self._FAMILY._parse(window, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if obj is not None:
            self._FAMILY._build(obj, stream, context, path)


# pymp4 has the first child, the configuration, apart from the others.
sample_entry(
    b"avc1",
    b"encv",
    fields=(*VISUAL_FIELDS, "avc_data" / FirstChild(), "sample_info" / Default(CHILDREN, [])),
)

# ISO/IEC 14496-15, and each codec's own document; resv and icpv are ISO/IEC 14496-12, 8.15.2 and
# 8.17.
sample_entry(
    *(b"avc2", b"avc3", b"avc4", b"avcp", b"svc1", b"svc2", b"mvc1", b"mvc2", b"mvc3", b"mvc4"),
    *(b"mvd1", b"mvd2", b"mvd3", b"mvd4", b"a3d1", b"a3d2", b"a3d3", b"a3d4"),
    *(b"hvc1", b"hvc2", b"hvc3", b"hev1", b"hev2", b"hev3", b"lhv1", b"lhe1", b"lht1"),
    *(b"hvt1", b"hvt2", b"hvt3"),
    *(b"dvh1", b"dvhe", b"dva1", b"dvav", b"dav1"),
    *(b"vvc1", b"vvi1", b"vvcN", b"vvs1", b"evc1", b"evs1", b"evs2", b"evm1", b"lvc1"),
    *(b"av01", b"vp08", b"vp09", b"vp10", b"mp4v", b"s263", b"h263", b"H263", b"vc-1"),
    *(b"resv", b"icpv"),
    *(b"mjp2", b"mjpg", b"jpeg", b"j2ki", b"png", b"tiff", b"gif", b"drac", b"uncv", b"FFV1"),
    *(b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x", b"aprn", b"aprh"),
    *(b"AVdn", b"AVdh", b"AVDJ", b"ai12", b"ai15", b"dvc", b"dvcp", b"dv5n", b"dv5p", b"dvh5"),
    *(b"mjpa", b"mjpb", b"rle", b"rpza", b"smc", b"cvid", b"SVQ1", b"SVQ3", b"CFHD", b"hapq"),
    *(b"Hap1", b"Hap5", b"HapY", b"2vuy", b"yuv2", b"v210", b"v308", b"v408", b"v410"),
    *(b"icpf", b"mp2v", b"m2v1", b"hdv2", b"hdv3", b"xdv2", b"xdv3", b"xd5b", b"xdvb", b"mx5n"),
    fields=VIDEO_ENTRY,
)

# 12.1.4.
box(b"pasp", body=Struct("hSpacing" / Int32ub, "vSpacing" / Int32ub))
box(
    b"clap",
    body=Struct(
        "cleanApertureWidthN" / Int32ub,
        "cleanApertureWidthD" / Int32ub,
        "cleanApertureHeightN" / Int32ub,
        "cleanApertureHeightD" / Int32ub,
        "horizOffN" / Int32sb,
        "horizOffD" / Int32ub,
        "vertOffN" / Int32sb,
        "vertOffD" / Int32ub,
    ),
)


_CODES = (
    "colour_primaries" / Int16ub,
    "transfer_characteristics" / Int16ub,
    "matrix_coefficients" / Int16ub,
)
_PROFILE = Struct("ICC_profile" / GreedyBytes)
_COLOURS = {
    b"nclx": Struct(*_CODES, EmbeddedBits(("full_range_flag", 1), ("_reserved", 7))),
    b"nclc": Struct(*_CODES),  # QuickTime
    b"rICC": _PROFILE,
    b"prof": _PROFILE,
}

# 12.1.5.
box(
    b"colr",
    body=Struct(
        "colour_type" / FourCC(),
        Embedded(Switch(this.colour_type, _COLOURS, default=Struct("colour_data" / GreedyBytes))),
    ),
)

# 12.1.6 and 12.1.7.
box(
    b"clli",
    body=Struct("max_content_light_level" / Int16ub, "max_pic_average_light_level" / Int16ub),
)
box(
    b"mdcv",
    body=Struct(
        "display_primaries" / Repeat(3, Struct("x" / Int16ub, "y" / Int16ub), 4),
        "white_point_x" / Int16ub,
        "white_point_y" / Int16ub,
        "max_display_mastering_luminance" / Int32ub,
        "min_display_mastering_luminance" / Int32ub,
    ),
)
# The same in the binding of VP9.
box(b"CoLL", body=FullBox("maxCLL" / Int16ub, "maxFALL" / Int16ub))
box(
    b"SmDm",
    body=FullBox(
        *(f"primary{colour}Chromaticity_{axis}" / Int16ub for colour in "RGB" for axis in "xy"),
        "whitePointChromaticity_x" / Int16ub,
        "whitePointChromaticity_y" / Int16ub,
        "luminanceMax" / Int32ub,
        "luminanceMin" / Int32ub,
    ),
)

# 8.5.2.
box(
    b"btrt",
    body=Struct("bufferSizeDB" / Int32ub, "maxBitrate" / Int32ub, "avgBirate" / Int32ub),
)

# ISO/IEC 23008-12, 7.2.3.
box(
    b"ccst",
    body=FullBox(
        EmbeddedBits(
            ("all_ref_pics_intra", bool),
            ("intra_pred_used", bool),
            ("max_ref_per_pic", 4),
            ("_reserved", 26),
        )
    ),
)

# QuickTime: fields of interlaced video, gamma, where chroma samples lie.
box(b"fiel", body=Struct("field_count" / Int8ub, "field_ordering" / Int8ub))
box(b"gama", body=Struct("gamma_level" / Int32ub))
box(b"chrm", body=Struct("field_1_location" / Int8ub, "field_2_location" / Int8ub))
