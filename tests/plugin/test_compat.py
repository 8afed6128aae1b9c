"""What users of pymp4 do, on pymp4 as it is and registered: the same."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from construct import ConstructError, Container
from pymp4.exceptions import BoxNotFound
from pymp4.parser import MP4, Box
from pymp4.util import BoxUtil

from pymp4_nnr import register, unregister
from tests.boxes.checks import boxes_in, plain
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.plugin.registered import registered, stock

WIDEVINE = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")
KEYS = [UUID("00112233-4455-6677-8899-aabbccddeeff"), UUID(int=5)]
PSSH = full(b"pssh", 0, 0, WIDEVINE.bytes, u32(4), b"init")
PIFF = UUID("a2394f52-5a9b-4f14-a244-6c427c648df4")


def avc1() -> bytes:
    """A sample entry as pymp4 can read it to the end: with a Main profile,
    and reserved bits that it does not lose."""
    avcc = box(b"avcC", u8(1, 77, 0, 30, 0xFF, 1), u16(4), b"\x67spS", u8(1), u16(2), b"\x68p")
    return box(
        b"avc1",
        bytes(6),
        u16(1),
        bytes(16),
        u16(320, 240),
        u32(0x480000, 0x480000, 0),
        u16(1),
        bytes(32),
        u16(24, 0xFFFF),
        avcc,
        box(b"btrt", u32(1, 2, 3)),
    )


def mp4a() -> bytes:
    return box(b"mp4a", bytes(6), u16(1), bytes(8), u16(2, 16, 0, 0), u32(48000 << 16))


def moov() -> bytes:
    stbl = box(
        b"stbl",
        full(b"stsd", 0, 0, u32(2), avc1(), mp4a()),
        full(b"stts", 0, 0, u32(1, 10, 512)),
        full(b"stsz", 0, 0, u32(0, 2, 7, 8)),
    )
    trak = box(
        b"trak",
        full(b"tkhd", 0, 3, bytes(80)),
        box(b"mdia", full(b"mdhd", 0, 0, u32(0, 0, 90000, 5), u16(0x55C4, 0)), box(b"minf", stbl)),
    )
    mvex = box(b"mvex", full(b"trex", 0, 0, u32(1, 1, 0, 0, 0)))
    return box(b"moov", full(b"mvhd", 0, 0, bytes(96)), trak, trak, mvex, PSSH)


def moof() -> bytes:
    return box(
        b"moof",
        full(b"mfhd", 0, 0, u32(1)),
        box(
            b"traf",
            full(b"tfhd", 0, 0x020008, u32(1, 1000)),
            full(b"tfdt", 0, 0, u32(0)),
            full(b"trun", 0, 0x000201, u32(2, 100, 5, 6)),
            full(b"senc", 0, 0, u32(0)),
            box(b"uuid", PIFF.bytes, u32(0, 0)),
        ),
    )


@pytest.fixture(params=["stock", "registered", "extended", "not repaired"])
def host(request):
    if request.param == "stock":
        with stock() as found:
            yield found
    else:
        mode = {"repair": request.param != "not repaired", "extended": request.param == "extended"}
        with registered(**mode) as found:
            yield found


# --- protection, as pywidevine uses it -----------------------------------------------------------


def test_pssh(host):
    parsed = host.parse(PSSH)
    assert parsed.type == b"pssh"
    assert parsed.version == 0 and parsed.flags == 0
    assert parsed.system_ID == WIDEVINE
    assert parsed.key_IDs is None
    assert parsed.init_data == b"init"
    assert host.build(parsed) == PSSH
    assert parsed == Container(parsed)


def test_pssh_is_built_from_a_dict(host):
    given = {
        "type": b"pssh",
        "version": 0,
        "flags": 0,
        "system_ID": WIDEVINE,
        "init_data": b"init",
        "key_IDs": b"",
    }
    assert host.build(given) == PSSH
    built = host.build({"type": b"pssh", "system_ID": WIDEVINE, "init_data": b"", "key_IDs": KEYS})
    parsed = host.parse(built)
    assert parsed.version == 1
    assert parsed.key_IDs == KEYS
    assert list(parsed.key_IDs) == KEYS
    assert built == full(
        b"pssh", 1, 0, WIDEVINE.bytes, u32(2), *(key.bytes for key in KEYS), u32(0)
    )


def test_pssh_among_other_bytes(host):
    """Looking for the box by its type in a file, as downloaders do."""
    data = b"junk" * 5 + PSSH + b"more"
    start = data.index(b"pssh") - 4
    stream = io.BytesIO(data)
    stream.seek(start)
    parsed = host.parse_stream(stream)
    assert parsed.init_data == b"init"
    assert parsed.offset == start and parsed.end == start + len(PSSH)
    assert stream.tell() == start + len(PSSH)


@pytest.mark.parametrize("data", [b"", b"\0\0", PSSH[:20], b"not a box at all"])
def test_what_is_no_pssh_raises(data):
    """Callers catch construct's error; pymp4 itself raises an OSError for some."""
    with registered() as host, pytest.raises(ConstructError):
        host.parse(data)
    with stock() as host, pytest.raises((ConstructError, OSError)):
        host.parse(data)


def test_tenc(host):
    data = full(b"tenc", 0, 0, u8(0, 0, 1, 8), KEYS[0].bytes)
    tenc = next(BoxUtil.find(host.parse(box(b"schi", data)), b"tenc"))
    assert tenc.key_ID == KEYS[0] and tenc.iv_size == 8 and tenc.is_encrypted == 1
    given = {"type": b"tenc", "is_encrypted": 1, "iv_size": 8, "key_ID": KEYS[0]}
    assert host.build(given) == data


def test_sidx(host):
    data = full(
        b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 2), u32(100, 5, 0x90000000, 200, 6, 0x90000000)
    )
    parsed = host.parse(data)
    assert [ref.referenced_size for ref in parsed.references] == [100, 200]
    assert parsed.references[0].reference_type == "MEDIA"
    assert parsed.references[0].starts_with_SAP is True
    assert parsed.reference_count == 2
    assert host.build(parsed) == data


# --- looking for boxes ---------------------------------------------------------------------------


def test_box_util(host):
    parsed = host.parse(moov())
    assert BoxUtil.first(parsed, b"tkhd").flags == 3
    assert len(list(BoxUtil.find(parsed, b"trak"))) == 2
    assert BoxUtil.index(parsed, b"trak") == 1
    assert BoxUtil.index(parsed, b"none") is None
    with pytest.raises(BoxNotFound):
        BoxUtil.first(parsed, b"none")
    stsd = BoxUtil.first(parsed, b"stsd")
    assert [entry.format for entry in stsd.entries] == [b"avc1", b"mp4a"]
    assert not hasattr(BoxUtil.first(parsed, b"mvhd"), "children")
    fragment = host.parse(moof())
    found = list(BoxUtil.find_extended(fragment, PIFF))
    assert len(found) == 1 and found[0].type == b"uuid"


def test_an_attribute_is_a_key(host):
    """As many programs ask: `if hasattr(box, "children"): ...; del box["children"]`."""
    parsed = host.parse(moov())
    asked = 0
    for _, inner in boxes_in(parsed):
        for name in ("children", "entries", "data_entries", "type", "format", "data"):
            assert hasattr(inner, name) == (name in inner)
            asked += 1
    assert asked > 100
    stsd = BoxUtil.first(parsed, b"stsd")
    video = stsd.entries[0]
    assert (video.width, video.avc_data.profile, video.sample_info[0].maxBitrate) == (320, 77, 2)


def test_fields_of_sample_entries(host):
    video, audio = BoxUtil.first(host.parse(moov()), b"stsd").entries
    assert (video.width, video.height, video.depth) == (320, 240, 24)
    assert video.avc_data.type == b"avcC"
    assert video.avc_data.profile == 77 and video.avc_data.nal_unit_length_field == 3
    assert video.avc_data.sps == [b"\x67spS"] and video.avc_data.pps == [b"\x68p"]
    assert [inner.type for inner in video.sample_info] == [b"btrt"]
    assert video.sample_info[0].avgBirate == 3
    assert (audio.channels, audio.bits_per_sample, audio.sampling_rate) == (2, 16, 48000)


def test_changing_a_file(host):
    parsed = host.parse(moov())
    parsed.children = [inner for inner in parsed.children if inner.type != b"pssh"]
    for mdhd in BoxUtil.find(parsed, b"mdhd"):
        assert mdhd.language == "und"
        mdhd.language = "eng"
    changed = host.parse(host.build(parsed))
    assert [mdhd.language for mdhd in BoxUtil.find(changed, b"mdhd")] == ["eng", "eng"]
    assert not list(BoxUtil.find(changed, b"pssh"))


def test_fragments(host):
    parsed = host.parse(moof())
    trun = BoxUtil.first(parsed, b"trun")
    assert [row.sample_size for row in trun.sample_info] == [5, 6]
    assert trun.sample_info[0].sample_duration is None
    assert trun.data_offset == 100
    assert BoxUtil.first(parsed, b"tfhd").default_sample_duration == 1000
    assert BoxUtil.first(parsed, b"senc").sample_encryption_info == []
    trun.data_offset = 200
    assert u32(2, 200) in host.build(parsed)


def test_a_whole_file(host):
    data = box(b"ftyp", b"isom", u32(0), b"iso6mp42") + moov() + box(b"mdat", b"media")
    parsed = MP4.parse(data)
    assert [inner.type for inner in parsed] == [b"ftyp", b"moov", b"mdat"]
    assert parsed[0].compatible_brands == [b"iso6", b"mp42"]
    assert parsed[2].data == b"media"
    assert MP4.build(parsed) == data


def test_minimal_dicts(host):
    for given in (
        {
            "type": b"ftyp",
            "major_brand": b"isom",
            "minor_version": 1,
            "compatible_brands": [b"iso6"],
        },
        {"type": b"mvhd", "duration": 5},
        {"type": b"tkhd"},
        {"type": b"free", "data": b"x"},
        {"type": b"smhd"},
        {"type": b"vmhd", "opcolor": {}},
        {"type": b"trex", "track_ID": 1},
        {"type": b"mehd", "fragment_duration": 4},
        {"type": b"stts"},
        {"type": b"moov", "children": [{"type": b"trak", "children": []}]},
    ):
        with stock() as other:
            expected = other.build(given)
        register()
        try:
            assert Box.build(given) == expected
        finally:
            unregister()


def test_values_are_the_same_everywhere():
    for data in (moov(), moof()):
        with stock() as host:
            before = plain(host.parse(data))
        with registered() as host:
            after = plain(host.parse(data))
        same_or_more(before, after)


def same_or_more(before, after):
    """Every field that pymp4 gives is there with its value; there may be more."""
    if isinstance(before, dict):
        for key, value in before.items():
            if value is not None:  # as pymp4's `type` of what is in a `uuid`
                same_or_more(value, after[key])
    elif isinstance(before, list):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            same_or_more(one, other)
    else:
        assert before == after
