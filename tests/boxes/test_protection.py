"""Encryption boxes, against pymp4's names and values."""

from __future__ import annotations

from uuid import UUID

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.plugin.registered import registered, stock

KEY = UUID("00112233445566778899aabbccddeeff")
SYSTEM = UUID("edef8ba979d64acea3c827dcd51d21ed")
SUBSAMPLES = u16(2), u16(5), u32(6), u16(7), u32(8)

STOCK_BOXES = [
    full(b"pssh", 0, 0, SYSTEM.bytes, u32(3), b"abc"),
    full(b"pssh", 1, 0, SYSTEM.bytes, u32(1), KEY.bytes, u32(0)),
    full(b"tenc", 0, 0, u8(0, 0, 1, 8), KEY.bytes),
    full(b"tenc", 1, 0, u8(0, 0x19, 1, 0), KEY.bytes, u8(8), b"12345678"),
    full(b"senc", 0, 0, u32(0)),  # pymp4 parses no samples: it looks for the flags in each
    box(b"frma", b"mp4a"),
    full(b"schm", 0, 0, b"cbcs", u32(0x10000)),
    full(b"schm", 0, 1, b"cbcs", u32(0x10000), b"urn:x\0"),
]


@pytest.mark.parametrize("data", STOCK_BOXES, ids=lambda data: data[4:8].decode())
def test_as_stock(data):
    with stock() as host:
        before = plain(host.parse(data))
        built = host.build(before)
    with registered() as host:
        assert plain(host.parse(data)) == before
        assert host.build(before) == built == data


@pytest.mark.parametrize("size", [0, 8, 16])
@pytest.mark.parametrize("count", [0, 1, 3])
def test_vectors_of_every_size(size, count):
    vectors = [bytes([i + 1]) * size for i in range(count)]
    rows = [{"clear_bytes": 5, "cipher_bytes": 6}, {"clear_bytes": 7, "cipher_bytes": 8}]
    body = b"".join(vector + b"".join(SUBSAMPLES) for vector in vectors)
    check(
        full(b"senc", 0, 2, u32(count), body),
        flags={"has_subsample_encryption_info": True},
        sample_encryption_info=[
            {"iv": vector, "subsample_encryption_info": rows} for vector in vectors
        ],
    )
    check(
        full(b"senc", 0, 0, u32(count), *vectors),
        flags={"has_subsample_encryption_info": False},
        sample_encryption_info=[
            {"iv": vector, "subsample_encryption_info": None} for vector in vectors
        ],
    )


def test_vectors_whose_size_cannot_be_told():
    """30 bytes: three samples of an 8-byte vector, or of none with 4, 0 and 0 subsamples."""
    senc = full(b"senc", 0, 2, u32(3), u16(4), bytes(28))
    check_raw(senc, "2 sizes")
    for sizes, vector in (([10, 10, 10], 8), ([26, 2, 2], 0)):
        saiz = full(b"saiz", 0, 0, u8(0), u32(3), u8(*sizes))
        traf = BOX.parse(box(b"traf", saiz, senc))
        samples = traf.children[1].sample_encryption_info
        assert {len(sample.iv) for sample in samples} == {vector}
        assert BOX.build(traf) == box(b"traf", saiz, senc)
    constant = full(b"saiz", 0, 0, u8(10), u32(3))
    traf = BOX.parse(box(b"traf", constant, senc))
    assert len(traf.children[1].sample_encryption_info[0].iv) == 8
    other = full(b"saiz", 0, 0, u8(12), u32(3))
    assert "raw" in BOX.parse(box(b"traf", other, senc)).children[1]


def test_samples_that_do_not_fit():
    check_raw(full(b"senc", 0, 0, u32(3), bytes(25)), "no size")
    check_raw(full(b"senc", 0, 2, u32(0xFFFFFFFF), bytes(25)), "no size")
    check_raw(full(b"senc", 0, 0, u32(0xFFFFFFFF)), "too many")
    check_raw(full(b"senc", 3, 0, u32(0)), "version 3")
    flags = {"has_subsample_encryption_info": False}
    for vectors in ([b"1234"], [b"12345678", b""]):
        samples = [{"iv": vector} for vector in vectors]
        with pytest.raises(BoxBuildError, match="vectors"):
            BOX.build({"type": b"senc", "flags": flags, "sample_encryption_info": samples})


def test_reserved_flags_are_kept():
    data = full(b"senc", 0, 0x800001, u32(1), bytes(8))
    assert BOX.build(BOX.parse(data)) == data
    assert "note" not in BOX.parse(data)


def test_key_ids_decide_the_version_as_in_stock():
    given = {"type": b"pssh", "system_ID": SYSTEM, "init_data": b""}
    for extra in (
        {},
        {"version": 0, "flags": 0, "key_IDs": b""},
        {"version": 1, "key_IDs": b""},
        {"version": 0, "key_IDs": [KEY]},
        {"version": 1, "key_IDs": [KEY, KEY]},
        {"version": 1, "key_IDs": None},
    ):
        with stock() as host:
            before = host.build({**given, **extra})
        with registered() as host:
            assert host.build({**given, **extra}) == before


def test_no_key_ids_in_version_1():
    data = full(b"pssh", 1, 0, SYSTEM.bytes, u32(0), u32(0))
    parsed = check(data, version=1, system_ID=SYSTEM, key_IDs=[], init_data=b"")
    assert parsed.version == 1


def test_track_encryption_that_stock_refuses():
    data = full(b"tenc", 0, 0, u8(0, 0, 0, 0), KEY.bytes)
    check(
        data,
        default_byte_blocks=0,
        is_encrypted=0,
        iv_size=0,
        key_ID=KEY,
        constant_iv=None,
    )
    odd = full(b"tenc", 0, 0, u8(7, 9, 3, 5), KEY.bytes)
    assert BOX.build(BOX.parse(odd)) == odd and "note" not in BOX.parse(odd)
    check_builds(
        full(b"tenc", 0, 0, u8(0, 0, 1, 8), KEY.bytes), is_encrypted=1, iv_size=8, key_ID=KEY
    )


def test_defaults():
    check_builds(box(b"frma", b"avc1"))
    check_builds(full(b"schm", 0, 0, b"cenc", u32(0x10000)))
    check_builds(full(b"schm", 0, 1, b"cenc", u32(0x10000), b"\xff\0"), flags=1, schema_uri=b"\xff")
    check_raw(full(b"schm", 0, 1, b"cenc", u32(0x10000), b"no end"), "not terminated")


def test_schemes_that_a_reader_may_understand_instead():
    fields = {"scheme_type": b"stvi", "scheme_version": 0x10000}
    check(full(b"csch", 0, 0, b"stvi", u32(0x10000)), scheme_uri=None, **fields)
    data = full(b"csch", 0, 1, b"stvi", u32(0x10000), b"urn:a\0")
    check(data, flags=1, scheme_uri="urn:a", **fields)
    check_builds(data, flags=1, scheme_uri="urn:a", **fields)
    whole = box(b"scrb", data, box(b"schi"))
    assert [child.type for child in BOX.parse(whole).children] == [b"csch", b"schi"]


def test_protected_items():
    key = bytes(range(16))
    data = full(b"ienc", 1, 0, u8(0, 0x19, 2, 8), key, u8(0), key, u8(2), b"iv")
    keys = [
        {"Per_Sample_IV_Size": 8, "KID": UUID(bytes=key), "constant_IV": None},
        {"Per_Sample_IV_Size": 0, "KID": UUID(bytes=key), "constant_IV": b"iv"},
    ]
    check(data, version=1, crypt_byte_block=1, skip_byte_block=9, keys=keys)
    check_builds(data, version=1, crypt_byte_block=1, skip_byte_block=9, keys=keys)
    check_raw(full(b"ienc", 1, 0, u8(0, 0, 255), bytes(40)), "do not fit")
    check(full(b"iaux", 0, 0, b"cenc", u32(5)), aux_info_type=b"cenc", aux_info_type_parameter=5)
