"""The configurations of common video codecs, in their boxes."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw
from tests.mp4.boxes import box, full, i32, u8, u16, u32

SPS, PPS = b"\x67sps", b"\x68p"


def avcc(profile: int, *tail: bytes, ones: int = 0xFF) -> bytes:
    lists = u8(ones & 0xE0 | 1), u16(4), SPS, u8(1), u16(2), PPS
    return box(b"avcC", u8(1, profile, 0, 30, ones & 0xFC | 3), *lists, *tail)


AVC = dict(
    version=1,
    profile=100,
    compatibility=0,
    level=30,
    nal_unit_length_field=3,
    sps=[SPS],
    pps=[PPS],
)


def test_avc():
    check(avcc(100), **AVC)
    check_builds(avcc(100), profile=100, compatibility=0, level=30, sps=[SPS], pps=[PPS])
    tail = u8(0xFD, 0xF8, 0xFA, 1), u16(3), b"ext"
    fields = dict(
        chroma_format=1, bit_depth_luma_minus8=0, bit_depth_chroma_minus8=2, sps_ext=[b"ext"]
    )
    parsed = check(avcc(100, *tail), **AVC, **fields)
    parsed.sps.append(b"\x67two")
    assert BOX.parse(BOX.build(parsed)).sps == [SPS, b"\x67two"]
    check_builds(avcc(100, *tail), **AVC, **fields)
    zeros = avcc(100, ones=0)
    parsed = BOX.parse(zeros)
    assert BOX.build(parsed) == zeros and "note" not in parsed
    partial = check(
        avcc(100, u8(0xFD)), **AVC, trailing=u8(0xFD), note="1 bytes after the last field"
    )
    assert "chroma_format" not in partial
    check_raw(box(b"avcC", u8(1, 100, 0, 30, 0xFF, 0xE1), u16(40)), "40 bytes are needed")


HEVC_HEAD = bytes.fromhex("01 41 60000000 b00000000000 7b f000 fc fd f8 fa 0000 0f")
HEVC = dict(
    version=1,
    profile_space=1,
    general_tier_flag=0,
    general_profile=1,
    general_profile_compatibility_flags=0x60000000,
    general_constraint_indicator_flags=0xB00000000000,
    general_level=0x7B,
    min_spatial_segmentation=0,
    parallelism_type=0,
    chroma_format=1,
    luma_bit_depth=0,
    chroma_bit_depth=2,
    average_frame_rate=0,
    constant_frame_rate=0,
    num_temporal_layers=1,
    temporal_id_nested=1,
    nalu_length_size=3,
)
HEVC_ARRAYS = u8(1, 0xA0) + u16(1, 3) + b"vps"


def test_hevc():
    arrays = [dict(array_completeness=True, NAL_unit_type=32, nal_units=[b"vps"])]
    data = box(b"hvcC", HEVC_HEAD, HEVC_ARRAYS)
    check(data, **HEVC, raw_bytes=HEVC_ARRAYS, arrays=arrays)
    check_builds(data, **HEVC, raw_bytes=HEVC_ARRAYS)
    check_builds(data, **HEVC, arrays=arrays)
    check(box(b"hvcC", HEVC_HEAD, b"\1odd"), **HEVC, raw_bytes=b"\1odd")
    with pytest.raises(BoxBuildError, match="differ"):
        BOX.build(dict(type=b"hvcC", **HEVC, raw_bytes=b"", arrays=arrays))
    with pytest.raises(BoxBuildError, match="missing"):
        BOX.build(dict(type=b"hvcC", **HEVC))


def test_vvc():
    arrays = u8(2, 0x8E), u16(1, 3), b"vps", u8(0x8D), u16(2), b"dc"
    shown = [
        dict(array_completeness=True, NAL_unit_type=14, nal_units=[b"vps"]),
        dict(array_completeness=True, NAL_unit_type=13, nal_units=[b"dc"]),
    ]
    check(
        full(b"vvcC", 0, 0, u8(0xFE), *arrays),
        LengthSizeMinusOne=3,
        ptl_present_flag=False,
        ptl=None,
        arrays=shown,
    )
    # three sublayers, of which the first tells its level
    head = u16(0 << 7 | 3 << 4 | 1 << 2 | 1), u8(2 << 5 | 31), u8(1, 1 << 1, 51, 0x80, 0x40, 35)
    ptl = *head, u8(1), u32(7), u16(640, 360, 25)
    check(
        full(b"vvcC", 0, 0, u8(0xFF), *ptl, u8(0)),
        LengthSizeMinusOne=3,
        ptl_present_flag=True,
        ptl=dict(
            ols_idx=0,
            num_sublayers=3,
            constant_frame_rate=1,
            chroma_format_idc=1,
            bit_depth_minus8=2,
            native_ptl=dict(
                num_bytes_constraint_info=1,
                general_profile_idc=1,
                general_tier_flag=0,
                general_level_idc=51,
                ptl_frame_only_constraint_flag=True,
                ptl_multi_layer_enabled_flag=False,
                general_constraint_info=0,
                sublayer_level_idc=[35],
                general_sub_profile_idc=[7],
            ),
            max_picture_width=640,
            max_picture_height=360,
            avg_frame_rate=25,
        ),
        arrays=[],
    )


def test_other_video():
    check(
        box(b"av1C", u8(0x81, 0x25, 0x4C, 0x13), b"obus"),
        marker=1,
        version=1,
        seq_profile=1,
        seq_level_idx_0=5,
        seq_tier_0=0,
        high_bitdepth=1,
        twelve_bit=0,
        monochrome=0,
        chroma_subsampling_x=1,
        chroma_subsampling_y=1,
        chroma_sample_position=0,
        initial_presentation_delay_present=1,
        initial_presentation_delay_minus_one=3,
        configOBUs=b"obus",
    )
    check(
        full(b"vpcC", 1, 0, u8(2, 31, 0xA3, 9, 16, 9), u16(0)),
        version=1,
        profile=2,
        level=31,
        bitDepth=10,
        chromaSubsampling=1,
        videoFullRangeFlag=1,
        colourPrimaries=9,
        transferCharacteristics=16,
        matrixCoefficients=9,
        codecInitializationData=b"",
    )
    check(
        box(b"dvcC", u8(1, 0, 0x10, 0x35, 0x10), bytes(19)),
        dv_version_major=1,
        dv_version_minor=0,
        dv_profile=8,
        dv_level=6,
        rpu_present_flag=1,
        el_present_flag=0,
        bl_present_flag=1,
        dv_bl_signal_compatibility_id=1,
    )
    check(
        box(b"d263", b"FFMP", u8(0, 10, 0)),
        vendor=b"FFMP",
        decoder_version=0,
        H263_Level=10,
        H263_Profile=0,
    )


def test_colour_and_shape():
    codes = dict(colour_primaries=1, transfer_characteristics=2, matrix_coefficients=3)
    check(
        box(b"colr", b"nclx", u16(1, 2, 3), u8(0x80)),
        colour_type=b"nclx",
        **codes,
        full_range_flag=1,
    )
    check(box(b"colr", b"nclc", u16(1, 2, 3)), colour_type=b"nclc", **codes)
    check(box(b"colr", b"prof", b"icc"), colour_type=b"prof", ICC_profile=b"icc")
    check(box(b"colr", b"othr", b"xyz"), colour_type=b"othr", colour_data=b"xyz")
    check(
        box(b"clap", u32(1, 2, 3, 4), i32(-5), u32(6), i32(7), u32(8)),
        cleanApertureWidthN=1,
        cleanApertureWidthD=2,
        cleanApertureHeightN=3,
        cleanApertureHeightD=4,
        horizOffN=-5,
        horizOffD=6,
        vertOffN=7,
        vertOffD=8,
    )
    check(
        box(b"clli", u16(1000, 400)), max_content_light_level=1000, max_pic_average_light_level=400
    )
    check(
        box(b"mdcv", u16(1, 2, 3, 4, 5, 6, 7, 8), u32(9, 10)),
        display_primaries=[dict(x=1, y=2), dict(x=3, y=4), dict(x=5, y=6)],
        white_point_x=7,
        white_point_y=8,
        max_display_mastering_luminance=9,
        min_display_mastering_luminance=10,
    )
    check(full(b"CoLL", 0, 0, u16(1, 2)), maxCLL=1, maxFALL=2)
    check(box(b"fiel", u8(2, 9)), field_count=2, field_ordering=9)
    check(box(b"gama", u32(0x20000)), gamma_level=0x20000)
