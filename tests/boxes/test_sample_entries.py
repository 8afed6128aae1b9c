"""Sample entries of every kind with the boxes in them: fields by name, and nothing lost."""

from __future__ import annotations

import struct

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.registry import _SAMPLE_ENTRIES, load_definitions
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, i32, u8, u16, u32

HEAD = bytes(6) + u16(1)
BTRT = box(b"btrt", u32(1, 2, 3))
BTRT_FIELDS = dict(type=b"btrt", bufferSizeDB=1, maxBitrate=2, avgBirate=3)


def stsd(*entries: bytes) -> bytes:
    return full(b"stsd", 0, 0, u32(len(entries)), *entries)


def entry_of(entry: bytes):
    """The parsed entry; it builds again, and needs no raw bytes."""
    data = stsd(entry)
    parsed = BOX.parse(data)
    assert BOX.build(parsed) == data
    found = parsed.entries[0]
    assert "raw" not in found, found.get("note")
    again = {"type": b"stsd", "entries": [plain(found)]}
    assert BOX.build(again) == data  # as a caller would write it
    return found


def visual(code: bytes, *children: bytes) -> bytes:
    return box(
        code,
        HEAD,
        bytes(16),
        u16(640, 360),
        u32(0x480000, 0x480000, 0),
        u16(1),
        b"\x04name".ljust(32, b"\0"),
        u16(24, 0xFFFF),
        *children,
    )


def audio(code: bytes, *children: bytes, version: int = 0, extension: bytes = b"") -> bytes:
    return box(
        code, HEAD, u16(version), bytes(6), u16(2, 16, 0, 0), u32(48000 << 16), extension, *children
    )


# --- entries -------------------------------------------------------------------------------------

VISUAL = [b"avc3", b"hvc1", b"hev1", b"vvc1", b"vvi1", b"av01", b"vp08", b"vp09", b"mp4v", b"s263"]
VISUAL += [b"avc2", b"avc4", b"dvh1", b"dvhe", b"resv", b"apcn", b"apch", b"jpeg", b"mjp2"]
AUDIO = [b"mp4a", b"enca", b"ac-3", b"ec-3", b"ac-4", b"Opus", b"fLaC", b"alac", b"samr", b"twos"]
AUDIO += [b"sowt", b"lpcm", b"in24", b"dtsc", b"iamf", b"mha1", b"mhm1", b"raw"]


@pytest.mark.parametrize("code", VISUAL, ids=bytes.decode)
def test_visual(code):
    entry = entry_of(visual(code, BTRT, box(b"pasp", u32(4, 3))))
    assert (entry.width, entry.height, entry.depth) == (640, 360, 24)
    assert entry.compressor_name == b"\x04name".ljust(32, b"\0")
    assert entry.horizontal_resolution == 72 and entry.color_table_id == -1
    assert plain(entry.children) == [BTRT_FIELDS, dict(type=b"pasp", hSpacing=4, vSpacing=3)]


@pytest.mark.parametrize("code", AUDIO, ids=bytes.decode)
def test_audio(code):
    entry = entry_of(audio(code, BTRT))
    assert (entry.channels, entry.bits_per_sample, entry.sampling_rate) == (2, 16, 48000)
    assert entry.version == entry.revision == entry.vendor == entry.packet_size == 0
    assert plain(entry.children) == [BTRT_FIELDS]


@pytest.mark.parametrize("code", [b"avc1", b"encv"])
def test_the_first_box_of_avc1_is_apart(code):
    avcc = box(b"avcC", u8(1, 77, 0, 30, 0xFF, 0xE0, 0))
    entry = entry_of(visual(code, avcc, BTRT))
    assert entry.avc_data.type == b"avcC" and entry.avc_data.level == 30
    assert plain(entry.sample_info) == [BTRT_FIELDS]
    children = [entry.avc_data, *entry.sample_info]
    assert [child.type for child in children] == [b"avcC", b"btrt"]
    other = entry_of(visual(code, BTRT, avcc))
    assert plain(other.avc_data) == BTRT_FIELDS
    assert other.sample_info[0].type == b"avcC"
    unknown = entry_of(visual(code, box(b"zzzz", b"data")))
    assert plain(unknown.avc_data) == dict(type=b"zzzz", data=b"data")
    none = entry_of(visual(code))
    assert none.avc_data is None and none.sample_info == []


def test_bytes_after_the_boxes_are_kept():
    for code in (b"avc1", b"mp4v"):
        entry = entry_of(visual(code, BTRT, bytes(4)))
        assert entry.trailing == bytes(4)
    entry = entry_of(visual(b"avc1", bytes(4)))
    assert entry.avc_data is None and entry.trailing == bytes(4)


def test_reserved_bytes_of_entries_are_kept():
    data = stsd(
        box(b"mp4a", b"123456", u16(1), u16(0, 7), b"vend", u16(2, 16, 5, 6), u32(0xAC445555))
    )
    parsed = BOX.parse(data)
    assert BOX.build(parsed) == data and "note" not in parsed.entries[0]
    assert parsed.entries[0].sampling_rate == 0xAC44
    data = stsd(visual(b"hvc1").replace(u32(0x480000), u32(0x48ABCD)))
    parsed = BOX.parse(data)
    assert BOX.build(parsed) == data and parsed.entries[0].vertical_resolution == 72


QUICKTIME_1 = u32(1024, 2, 4, 2)
QUICKTIME_2 = u32(72) + struct.pack(">d", 96000.0) + u32(6, 0x7F000000, 24, 12, 18, 1)


def test_quicktime_sound_of_version_1():
    wave = box(b"wave", box(b"frma", b"mp4a"), box(b"\0\0\0\0"))
    entry = entry_of(audio(b"mp4a", wave, version=1, extension=QUICKTIME_1))
    assert entry.samples_per_packet == 1024 and entry.bytes_per_frame == 4
    assert [child.type for child in entry.children[0].children] == [b"frma", b"\0\0\0\0"]
    bare = entry_of(audio(b"sowt", version=1, extension=QUICKTIME_1))
    assert bare.bytes_per_sample == 2 and bare.children == []


def test_version_1_of_iso_has_no_such_fields():
    entry = entry_of(audio(b"mp4a", full(b"srat", 0, 0, u32(96000)), BTRT, version=1))
    assert "samples_per_packet" not in entry
    assert [child.type for child in entry.children] == [b"srat", b"btrt"]
    assert entry.children[0].sampling_rate == 96000
    assert entry_of(audio(b"mp4a", version=1)).children == []


def test_quicktime_sound_of_version_2():
    entry = entry_of(audio(b"lpcm", BTRT, version=2, extension=QUICKTIME_2))
    assert entry.audioSampleRate == 96000.0 and entry.numAudioChannels == 6
    assert entry.constBitsPerChannel == 24 and entry.always7F000000 == 0x7F000000
    assert plain(entry.children) == [BTRT_FIELDS]


def test_raw_is_sound_or_video():
    assert entry_of(audio(b"raw")).channels == 2
    assert entry_of(visual(b"raw", box(b"pasp", u32(1, 1)))).width == 640


TEXTS = {
    b"wvtt": (b"", {}),
    b"mp4s": (b"", {}),
    b"urim": (b"", {}),
    b"mebx": (b"", {}),
    b"stpp": (
        b"urn:a urn:b\0\0image/png\0",
        dict(namespace="urn:a urn:b", schema_location="", auxiliary_mime_types="image/png"),
    ),
    b"sbtt": (b"\0text/plain\0", dict(content_encoding="", mime_format="text/plain")),
    b"stxt": (b"zip\0text/plain\0", dict(content_encoding="zip", mime_format="text/plain")),
    b"mett": (b"\0a/b\0", dict(content_encoding="", mime_format="a/b")),
    b"metx": (
        b"\0urn:x\0urn:y\0",
        dict(content_encoding="", namespace="urn:x", schema_location="urn:y"),
    ),
    b"tmcd": (
        bytes(4) + u32(1, 30000, 1001) + u8(30, 0),
        dict(time_code_flags=1, timescale=30000, frame_duration=1001, number_of_frames=30),
    ),
    b"rtp": (
        u16(1, 1) + u32(1450),
        dict(hinttrackversion=1, highestcompatibleversion=1, maxpacketsize=1450),
    ),
    b"tx3g": (
        u32(1)
        + u8(1, 0xFF, 1, 2, 3, 4)
        + u16(1, 2, 3, 0xFFFF)
        + u16(0, 9, 1)
        + u8(1, 18, 5, 6, 7, 8),
        dict(
            displayFlags=1,
            horizontal_justification=1,
            vertical_justification=-1,
            background_color_rgba=[1, 2, 3, 4],
            default_text_box=dict(top=1, left=2, bottom=3, right=-1),
            default_style=dict(
                startChar=0,
                endChar=9,
                font_ID=1,
                face_style_flags=1,
                font_size=18,
                text_color_rgba=[5, 6, 7, 8],
            ),
        ),
    ),
}


@pytest.mark.parametrize("code", TEXTS, ids=bytes.decode)
def test_text_and_metadata(code):
    body, fields = TEXTS[code]
    for children in ([], [BTRT]):
        entry = entry_of(box(code, HEAD, body, *children))
        expected = dict(format=code, data_reference_index=1, **fields)
        expected["children"] = [BTRT_FIELDS for _ in children]
        assert plain(entry) == expected


def test_subtitles_without_their_last_field():
    entry = entry_of(box(b"stpp", HEAD, b"urn:a\0\0"))
    assert entry.auxiliary_mime_types is None
    entry = entry_of(box(b"stpp", HEAD, b"urn:a\0\0", BTRT))
    assert entry.auxiliary_mime_types is None and entry.children[0].type == b"btrt"


def test_text_of_two_kinds():
    ftab = box(b"ftab", u16(1, 1), u8(5), b"Arial")
    chapters = entry_of(box(b"text", HEAD, u32(1), bytes(14), u16(0, 0, 1), bytes(6), ftab))
    assert chapters.default_style.font_ID == 1
    assert plain(chapters.children) == [
        dict(type=b"ftab", font_entries=[dict(font_ID=1, font_name="Arial")])
    ]
    quicktime = entry_of(
        box(b"text", HEAD, bytes(32), u16(1), u8(0), u16(0), u16(1, 2, 3), u8(4), b"Font")
    )
    assert quicktime.text_name == "Font" and quicktime.foreground_color.blue == 3


def test_an_unknown_entry_keeps_its_bytes():
    entry = entry_of(box(b"zzzz", HEAD, b"anything"))
    assert plain(entry) == dict(format=b"zzzz", data_reference_index=1, data=b"anything")


load_definitions()


@pytest.mark.parametrize("code", sorted(_SAMPLE_ENTRIES), ids=lambda code: code.decode("latin-1"))
def test_an_entry_cut_short_is_kept(code):
    for size in range(0, 80, 3):
        data = stsd(box(code, bytes(size)))
        assert BOX.build(BOX.parse(data)) == data


def test_entries_that_do_not_fit():
    check_raw(full(b"stsd", 0, 0, u32(2), audio(b"mp4a")), "cut off")
    check_raw(full(b"stsd", 0, 0, u32(0x10000000), bytes(16)), "do not fit")


# --- configurations of video ---------------------------------------------------------------------

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


# --- configurations of audio ---------------------------------------------------------------------


def test_esds():
    specific = u8(5, 2) + b"\x12\x10"
    decoder = u8(4, 17, 0x40, 0x15, 0, 6, 0) + u32(96000, 64000) + specific
    sync = u8(6, 0x80, 0x80, 0x80, 1, 2)
    es = u8(3, 0x80, 0x80, 0x80, 3 + len(decoder) + len(sync)) + u16(1) + u8(5) + decoder + sync
    fields = dict(
        tag=3,
        ES_ID=1,
        streamDependenceFlag=False,
        URL_Flag=False,
        OCRstreamFlag=False,
        streamPriority=5,
        dependsOn_ES_ID=None,
        URLstring=None,
        OCR_ES_Id=None,
        descriptors=[
            dict(
                tag=4,
                objectTypeIndication=0x40,
                streamType=5,
                upStream=False,
                bufferSizeDB=0x600,
                maxBitrate=96000,
                avgBitrate=64000,
                descriptors=[dict(tag=5, data=b"\x12\x10")],
            ),
            dict(tag=6, data=b"\2"),
        ],
    )
    parsed = check(full(b"esds", 0, 0, es), ES=fields)
    shorter = BOX.build({"type": b"esds", "ES": plain(parsed.ES)})
    assert len(shorter) == 12 + len(es) - 6  # sizes in one byte
    assert plain(BOX.parse(shorter))["ES"] == fields
    linked = u8(3, 10) + u16(1) + u8(0xE0) + u16(9) + u8(2) + b"uu" + u16(8)
    parsed = BOX.parse(full(b"esds", 0, 0, linked))
    assert (parsed.ES.dependsOn_ES_ID, parsed.ES.URLstring, parsed.ES.OCR_ES_Id) == (9, "uu", 8)
    long = {"type": b"esds", "ES": {"tag": 5, "data": bytes(300)}}
    assert BOX.build(long)[12:15] == u8(5, 0x82, 0x2C)


def test_descriptors_that_are_wrong():
    check_raw(full(b"esds", 0, 0, u8(3, 0x80, 0x80, 0x80, 0x80, 1)), "more than 4 bytes")
    check_raw(full(b"esds", 0, 0, u8(3, 50)), "outside")
    check_raw(full(b"esds", 0, 0, u8(0x0F, 3, 0, 0, 0)), "are left")
    nested = b""
    for _ in range(40):
        nested = u8(3, 3 + len(nested)) + u16(1) + u8(0) + nested if len(nested) < 120 else nested
    data = full(b"esds", 0, 0, nested)
    assert BOX.build(BOX.parse(data)) == data


def test_object_descriptors():
    body = u16(1 << 6 | 0xF) + u8(255, 255, 2, 21, 255) + u8(14, 4) + u32(1)
    check(
        full(b"iods", 0, 0, u8(16, len(body)) + body),
        OD=dict(
            tag=16,
            ObjectDescriptorID=1,
            URL_Flag=False,
            includeInlineProfileLevelFlag=False,
            URLstring=None,
            ODProfileLevelIndication=255,
            sceneProfileLevelIndication=255,
            audioProfileLevelIndication=2,
            visualProfileLevelIndication=21,
            graphicsProfileLevelIndication=255,
            descriptors=[dict(tag=14, Track_ID=1)],
        ),
    )


def test_opus_and_flac():
    fields = dict(
        Version=0,
        OutputChannelCount=2,
        PreSkip=312,
        InputSampleRate=48000,
        OutputGain=-1,
    )
    head = u8(0, 2) + u16(312) + u32(48000) + u16(0xFFFF)
    none = dict(StreamCount=None, CoupledCount=None, ChannelMapping=None)
    check(box(b"dOps", head, u8(0)), **fields, ChannelMappingFamily=0, **none)
    check(
        box(b"dOps", head, u8(1, 1, 1, 0, 1)),
        **fields,
        ChannelMappingFamily=1,
        StreamCount=1,
        CoupledCount=1,
        ChannelMapping=[0, 1],
    )
    check(
        full(b"dfLa", 0, 0, u8(0, 0, 0, 2), b"in", u8(0x84, 0, 0, 1), b"c"),
        metadata_blocks=[
            dict(LastMetadataBlockFlag=False, BlockType=0, BlockData=b"in"),
            dict(LastMetadataBlockFlag=True, BlockType=4, BlockData=b"c"),
        ],
    )


def test_dolby():
    check(
        box(b"dac3", u8(0x10, 0x3D, 0xE0)),
        fscod=0,
        bsid=8,
        bsmod=0,
        acmod=7,
        lfeon=1,
        bit_rate_code=15,
    )
    alone = dict(fscod=0, bsid=16, asvc=0, bsmod=0, acmod=7, lfeon=1, num_dep_sub=0)
    check(
        box(b"dec3", u16(640 << 3), u8(0x20, 0x0F, 0)),
        data_rate=640,
        num_ind_sub=0,
        independent_substreams=[alone],
    )
    check(
        box(b"dec3", u16(640 << 3 | 1), u8(0x20, 0x0F, 3, 5), u8(0x20, 0x0F, 0), u8(1, 16)),
        data_rate=640,
        num_ind_sub=1,
        independent_substreams=[{**alone, "num_dep_sub": 1, "chan_loc": 0x105}, alone],
        flag_ec3_extension_type_a=True,
        complexity_index_type_a=16,
    )


def test_other_audio():
    cookie = u32(4096) + u8(0, 16, 40, 10, 14, 2) + u16(255) + u32(0, 0, 44100)
    parsed = BOX.parse(full(b"alac", 0, 0, cookie))
    assert (parsed.frameLength, parsed.bitDepth, parsed.sampleRate) == (4096, 16, 44100)
    layout = full(b"chan", 0, 0, u32(101 << 16, 0, 0))
    data = full(b"alac", 0, 0, cookie, layout)
    parsed = BOX.parse(data)
    assert parsed.children[0].mChannelLayoutTag == 101 << 16 and BOX.build(parsed) == data
    data = full(b"chan", 0, 0, u32(0, 0, 1), u32(5, 1), struct.pack(">3f", 1, 0.5, -1))
    check(
        data,
        mChannelLayoutTag=0,
        mChannelBitmap=0,
        mChannelDescriptions=[
            dict(mChannelLabel=5, mChannelFlags=1, mCoordinates=[1.0, 0.5, -1.0])
        ],
    )
    check(
        box(b"damr", b"FFMP", u8(0), u16(0x81FF), u8(0, 1)),
        vendor=b"FFMP",
        decoder_version=0,
        mode_set=0x81FF,
        mode_change_period=0,
        frames_per_sample=1,
    )
    check(full(b"pcmC", 0, 0, u8(1, 24)), little_endian=True, PCM_sample_size=24)
    check(box(b"enda", u16(1)), littleEndian=1)


# --- text ----------------------------------------------------------------------------------------


def test_webvtt():
    check(box(b"vttC", b"WEBVTT"), config="WEBVTT")
    check(box(b"vlab", b"\xff"), label=b"\xff")
    cue = box(b"vttc", box(b"iden", b"1"), box(b"sttg", b"line:0"), box(b"payl", "ä".encode()))
    parsed = check(
        cue,
        children=[
            dict(type=b"iden", cue_id="1"),
            dict(type=b"sttg", settings="line:0"),
            dict(type=b"payl", cue_text="ä"),
        ],
    )
    assert parsed.children[2].cue_text == "ä"
    check(box(b"vtte"))
    check(box(b"vsid", i32(-1)), source_ID=-1)


def test_uris():
    check(full(b"uri", 0, 0, b"urn:x\0"), theURI="urn:x")
    check(full(b"uriI", 0, 0, b"init"), uri_initialization_data=b"init")
    check(full(b"txtC", 0, 0, b"config\0"), text_config="config")
    check(full(b"mime", 0, 0, b"a/b\0"), content_type="a/b")
