"""Channel layouts, downmixes, loudness, and configurations of audio for many channels."""

from __future__ import annotations

from typing import Any

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import box_type, check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32, u64

LOUDNESS = u16(3 << 6 | 5) + u8(0x80, 0x17, 0xFF, 0x21, 1) + u8(1, 80, 0x32)
BASE = {
    "downmix_ID": 3,
    "DRC_set_ID": 5,
    "bs_sample_peak_level": -2047,
    "bs_true_peak_level": 2047,
    "measurement_system_for_TP": 2,
    "reliability_for_TP": 1,
    "measurements": [
        {"method_definition": 1, "method_value": 80, "measurement_system": 3, "reliability": 2}
    ],
}


def bits(*fields: tuple[int, int]) -> bytes:
    """Values of so many bits one after the other, with zeros up to a whole byte."""
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


BOXES: list[tuple[bytes, dict[str, Any]]] = [
    (full(b"tlou", 0, 0, LOUDNESS), {"loudness_bases": [BASE]}),
    (
        full(b"alou", 1, 0, u8(1, 9), LOUDNESS),
        {
            "version": 1,
            "loudness_info_type": 0,
            "loudness_bases": [{"EQ_set_ID": 9, **BASE}],
        },
    ),
    (
        full(b"chnl", 0, 0, u8(1, 2), u64(9)),
        {"stream_structure": 1, "definedLayout": 2, "omittedChannelsMap": 9},
    ),
    (
        full(b"chnl", 0, 0, u8(3, 0, 4, 126), u16(0xFFA6), u8(30, 7)),
        {
            "stream_structure": 3,
            "definedLayout": 0,
            "speakers": [
                {"speaker_position": 4},
                {"speaker_position": 126, "azimuth": -90, "elevation": 30},
            ],
            "object_count": 7,
        },
    ),
    (full(b"chnl", 0, 0, u8(2, 5)), {"stream_structure": 2, "object_count": 5}),
    (
        full(b"chnl", 1, 0, u8(0x11, 6, 6, 1), u64(5)),
        {
            "version": 1,
            "stream_structure": 1,
            "format_ordering": 1,
            "baseChannelCount": 6,
            "definedLayout": 6,
            "channel_order_definition": 0,
            "omitted_channels_present": 1,
            "omittedChannelsMap": 5,
        },
    ),
    (
        full(b"chnl", 1, 0, u8(0x10, 2, 0, 2, 0, 1)),
        {
            "version": 1,
            "stream_structure": 1,
            "format_ordering": 0,
            "baseChannelCount": 2,
            "definedLayout": 0,
            "speakers": [{"speaker_position": 0}, {"speaker_position": 1}],
        },
    ),
    (
        full(b"dmix", 0, 0, u8(2, 2, 0x85)),
        {
            "instructions": [
                {"targetLayout": 2, "targetChannelCount": 2, "in_stream": 1, "downmix_ID": 5}
            ]
        },
    ),
    (
        box(
            b"dac4",
            bits(
                *((1, 3), (2, 7), (1, 1), (1, 4), (1, 9), (1, 1), (7, 16), (0, 1)),
                *((2, 2), (0x100, 32), (0xFFFFFFFF, 32)),
            ),
            u8(1, 2),
            b"ab",
        ),
        {
            "ac4_dsi_version": 1,
            "bitstream_version": 2,
            "fs_index": 1,
            "frame_rate_index": 1,
            "b_program_id": 1,
            "short_program_id": 7,
            "b_uuid": 0,
            "bit_rate_mode": 2,
            "bit_rate": 0x100,
            "bit_rate_precision": 0xFFFFFFFF,
            "presentations": [
                {"presentation_version": 1, "pres_bytes": 2, "presentation_data": b"ab"}
            ],
        },
    ),
    (
        box(b"dmlp", u32(0x00100000), u16(3000 << 1), u32(0)),
        {"format_info": 0x00100000, "peak_data_rate": 3000},
    ),
    (
        box(
            b"ddts",
            u32(48000, 768000, 700000),
            u8(24),
            bits((1, 2), (2, 5), (1, 1), (9, 6), (1000, 14), (0, 4), (5, 16), (0, 8)),
        ),
        {
            "DTSSamplingFrequency": 48000,
            "maxBitrate": 768000,
            "avgBitrate": 700000,
            "pcmSampleDepth": 24,
            "FrameDuration": 1,
            "StreamConstruction": 2,
            "CoreLFEPresent": 1,
            "CoreLayout": 9,
            "CoreSize": 1000,
            "StereoDownmix": 0,
            "RepresentationType": 0,
            "ChannelLayout": 5,
            "MultiAssetFlag": 0,
            "LBRDurationMod": 0,
            "ReservedBoxPresent": 0,
            "children": [],
        },
    ),
    (
        box(
            b"udts", u16(2 << 10 | 1 << 8 | 3 << 5 | 1), u32(0x3F), u16(1 << 15 | 1 << 5), bytes(16)
        ),
        {
            "DecoderProfileCode": 2,
            "FrameDurationCode": 1,
            "MaxPayloadCode": 3,
            "NumPresentationsCode": 1,
            "ChannelMask": 0x3F,
            "BaseSamplingFrequencyCode": 1,
            "SampleRateMod": 0,
            "RepresentationType": 0,
            "StreamIndex": 0,
            "ExpansionBoxPresent": 0,
            "IDTagPresent": [1, 0],
            "PresentationIDTags": [{"PresentationIDTag": bytes(16)}],
            "children": [],
        },
    ),
    (
        box(b"mhaC", u8(1, 13, 6), u16(3), b"abc"),
        {
            "configurationVersion": 1,
            "mpegh3daProfileLevelIndication": 13,
            "referenceChannelLayout": 6,
            "mpegh3daConfig": b"abc",
        },
    ),
    (box(b"mhaP", u8(2, 16, 17)), {"CompatibleSetIndication": [16, 17]}),
    (
        box(b"iacb", u8(1, 0xC8, 0x01), bytes(200)),
        {"configurationVersion": 1, "configOBUs": bytes(200)},
    ),
    (
        box(b"SA3D", u8(0, 0), u32(1), u8(0, 0), u32(4, 0, 1, 2, 3)),
        {
            "version": 0,
            "ambisonic_type": 0,
            "ambisonic_order": 1,
            "ambisonic_channel_ordering": 0,
            "ambisonic_normalization": 0,
            "channel_map": [0, 1, 2, 3],
        },
    ),
]


@pytest.mark.parametrize(("data", "fields"), BOXES, ids=box_type)
def test_fields(data: bytes, fields: dict[str, Any]):
    expected = dict(fields)
    if data[4:8] == b"SA3D":
        del expected["version"]
    check(data, **expected)
    check_builds(data, **fields)


def entry(*children: bytes, channels: int) -> bytes:
    """`stsd` with a sound of so many channels."""
    head = bytes(6) + u16(1) + bytes(8) + u16(channels, 16, 0, 0) + u32(48000 << 16)
    return full(b"stsd", 0, 0, u32(1), box(b"ipcm", head, *children))


def test_downmix_coefficients_are_for_the_channels_of_the_entry():
    mix = full(b"dmix", 0, 0, u8(2, 2, 5, 0x12, 0x34, 0x56))
    data = entry(mix, channels=3)
    parsed = BOX.parse(data)
    (instruction,) = parsed.entries[0].children[0].instructions
    assert instruction.bs_downmix_coefficient == [1, 2, 3, 4, 5, 6]
    assert BOX.build(parsed) == data
    wrong = BOX.parse(entry(mix, channels=8))
    assert "do not fit" in wrong.entries[0].children[0].note


def test_downmix_coefficients_are_for_the_channels_of_the_layout_if_it_tells():
    layout = full(b"chnl", 1, 0, u8(0x00, 2))
    mix = full(b"dmix", 1, 0, u8(1, 1, 1, 3), u16(7 << 12 | 1 << 7 | 2 << 2 | 3))
    data = entry(layout, mix, channels=9)
    parsed = BOX.parse(data)
    (instruction,) = parsed.entries[0].children[1].instructions
    assert instruction.bs_downmix_offset == 7
    assert instruction.bs_downmix_coefficient_v1 == [1, 2]
    assert BOX.build(parsed) == data
    fields = plain(parsed.entries[0].children[1])
    assert BOX.build({**fields, "type": b"dmix"})[:-1] == mix[:-1]  # the last bits are reserved


def test_a_downmix_alone_is_kept_as_bytes():
    check_raw(full(b"dmix", 0, 0, u8(2, 2, 5, 0x12, 0x34)), "number of channels")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (full(b"tlou", 1, 0, u8(0x41)), "loudness_info_type"),
        (full(b"tlou", 1, 0, u8(63), bytes(20)), "do not fit"),
        (full(b"tlou", 0, 0, LOUDNESS[:7] + u8(255)), "do not fit"),
        (full(b"chnl", 1, 0, u8(0x10, 2, 0, 200, 1)), "do not fit"),
        (box(b"dac4", u16(0), bytes(20)), "ac4_dsi_version"),
        (box(b"dac4", u16(1 << 13 | 1 << 6), u8(255, 255), bytes(20)), "do not fit"),
        (box(b"iacb", u8(1), bytes([0x80] * 9)), "a size of more than"),
        (box(b"iacb", u8(1, 0x7F, 1)), "bytes are needed"),
        (box(b"udts", u16(31), bytes(6), bytes([255] * 5)), "do not fit"),
        (box(b"SA3D", bytes(8), u32(1 << 30)), "do not fit"),
    ],
    ids=lambda value: value[4:8].decode() if isinstance(value, bytes) else value,
)
def test_what_cannot_be(data: bytes, reason: str):
    check_raw(data, reason)


def test_the_rate_of_mlpa_is_a_whole_number_of_32_bits():
    head = bytes(6) + u16(1) + bytes(8) + u16(2, 16, 0, 0) + u32(192000)
    data = full(b"stsd", 0, 0, u32(1), box(b"mlpa", head, box(b"dmlp", bytes(10))))
    entry = BOX.parse(data).entries[0]
    assert entry.sampling_rate == entry.samplerate == 192000
    assert BOX.build(BOX.parse(data)) == data
