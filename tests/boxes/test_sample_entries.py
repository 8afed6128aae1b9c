"""Sample entries of every kind with the boxes in them: fields by name, and nothing lost."""

from __future__ import annotations

import struct

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.registry import _SAMPLE_ENTRIES, load_definitions
from tests.boxes.checks import check, check_raw, plain
from tests.boxes.sample_entries import BTRT, BTRT_FIELDS, HEAD, audio, entry_of, stsd, visual
from tests.mp4.boxes import box, full, i32, u8, u16, u32

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
