"""The configurations of audio codecs, in their boxes."""

from __future__ import annotations

import struct

import pytest

from pymp4_nnr.boxes import BOX
from tests.boxes.checks import check, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32


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


@pytest.mark.parametrize("reserved", [0, 5, 15])
def test_reserved_bits_of_descriptors_are_kept(reserved: int):
    body = u16(1 << 6 | reserved) + u8(255, 255, 2, 21, 255)
    data = full(b"iods", 0, 0, u8(16, len(body)) + body)
    box = BOX.parse(data)
    assert box.OD.ObjectDescriptorID == 1
    assert BOX.build(box) == data
    config = u8(4, 13, 0x40, 0x14 | (reserved & 1)) + bytes(11)
    data = full(b"esds", 0, 0, u8(3, 3 + len(config)) + u16(1) + u8(0) + config)
    box = BOX.parse(data)
    assert box.ES.descriptors[0].streamType == 5
    assert BOX.build(box) == data


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
