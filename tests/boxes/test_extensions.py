"""`uuid`, PIFF's boxes in it, and Adobe's boxes of segment runs."""

from __future__ import annotations

from uuid import UUID

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw, plain
from tests.mp4.boxes import box, full, u8, u16, u32, u64

OTHER = UUID("a1b2c3d4-e5f6-0718-293a-4b5c6d7e8f90")
SENC = UUID("a2394f52-5a9b-4f14-a244-6c427c648df4")
PSSH = UUID("d08a4f18-10f3-4a82-b6c8-32d8aba183d3")
TFXD = UUID("6d1d9b05-42d5-44e6-80e2-141daff757b2")
TFRF = UUID("d4807ef2-ca39-4695-8e54-26cb9e46a79f")
TENC = UUID("8974dbce-7be7-4c51-84f9-7148f9882554")
SYSTEM = UUID("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed")


def test_unknown_extended_type():
    data = box(b"uuid", OTHER.bytes, b"data")
    check(data, extended_type=OTHER, data=b"data")
    check_builds(data, extended_type=OTHER, data=b"data")
    check_builds(data, extended_type=OTHER.bytes, data=b"data")
    check_builds(box(b"uuid", OTHER.bytes), extended_type=OTHER)
    check_raw(box(b"uuid", bytes(9)), "bytes are needed")
    with pytest.raises(BoxBuildError, match="is bytes, not dict"):
        BOX.build({"type": b"uuid", "extended_type": OTHER, "data": {"version": 0}})


@pytest.mark.parametrize(
    ("identifier", "code", "body"),
    [
        (PSSH, b"pssh", u32(0) + SYSTEM.bytes + u32(3) + b"abc"),
    ],
)
def test_known_extended_types_are_nested(identifier: UUID, code: bytes, body: bytes):
    data = box(b"uuid", identifier.bytes, body)
    parsed = BOX.parse(data)
    assert parsed.extended_type == identifier
    plain_box = plain(BOX.parse(box(code, body)))
    del plain_box["type"]
    assert plain(parsed.data) == plain_box
    assert "raw" not in parsed.data
    assert BOX.build(parsed) == data
    check_builds(data, extended_type=identifier, data=body)


SAMPLE = {
    "iv": bytes(range(8)),
    "subsample_encryption_info": [{"clear_bytes": 5, "cipher_bytes": 9}],
}


@pytest.mark.parametrize(
    ("identifier", "body", "fields"),
    [
        (
            TENC,
            u32(0) + u8(0, 0, 2, 8) + OTHER.bytes,
            {"flags": 0, "default_AlgorithmID": 2, "iv_size": 8, "key_ID": OTHER},
        ),
        (
            SENC,
            u32(2) + u32(1) + bytes(range(8)) + u16(1, 5) + u32(9),
            {
                "flags": {
                    "has_subsample_encryption_info": True,
                    "overrides_track_encryption_defaults": False,
                },
                "AlgorithmID": None,
                "iv_size": None,
                "key_ID": None,
                "sample_encryption_info": [SAMPLE],
            },
        ),
        (
            SENC,
            u32(3) + u8(0, 0, 1, 8) + OTHER.bytes + u32(1) + bytes(range(8)) + u16(1, 5) + u32(9),
            {
                "flags": {
                    "has_subsample_encryption_info": True,
                    "overrides_track_encryption_defaults": True,
                },
                "AlgorithmID": 1,
                "iv_size": 8,
                "key_ID": OTHER,
                "sample_encryption_info": [SAMPLE],
            },
        ),
        (
            SENC,
            u32(1 << 24) + u32(1) + bytes(range(8)),
            {
                "flags": {
                    "has_subsample_encryption_info": False,
                    "overrides_track_encryption_defaults": False,
                },
                "AlgorithmID": None,
                "iv_size": None,
                "key_ID": None,
                "sample_encryption_info": [{**SAMPLE, "subsample_encryption_info": None}],
            },
        ),
        (
            TFXD,
            u32(1 << 24) + u64(5, 6),
            {"flags": 0, "fragment_absolute_time": 5, "fragment_duration": 6},
        ),
        (
            TFXD,
            u32(0) + u32(5, 6),
            {"flags": 0, "fragment_absolute_time": 5, "fragment_duration": 6},
        ),
        (
            TFRF,
            u32(1 << 24) + u8(2) + u64(5, 6, 11, 7),
            {
                "flags": 0,
                "fragments": [
                    {"fragment_absolute_time": 5, "fragment_duration": 6},
                    {"fragment_absolute_time": 11, "fragment_duration": 7},
                ],
            },
        ),
    ],
)
def test_piff_and_smooth_streaming(identifier: UUID, body: bytes, fields: dict[str, object]):
    data = box(b"uuid", identifier.bytes, body)
    fields = {"version": body[0], **fields}
    check(data, extended_type=identifier, data=fields)
    check_builds(data, extended_type=identifier, data=fields)
    check_builds(data, extended_type=identifier, data=body)
    for length in range(len(body)):
        cut = box(b"uuid", identifier.bytes, body[:length])
        assert BOX.build(BOX.parse(cut)) == cut


def test_the_size_of_vectors_that_piff_tells_is_the_one_taken():
    """Sixteen bytes are one vector of 16 or, told so, two of 8."""
    head = u32(1) + u8(0, 0, 1, 8) + OTHER.bytes
    parsed = BOX.parse(box(b"uuid", SENC.bytes, head, u32(2), bytes(16)))
    assert [sample.iv for sample in parsed.data.sample_encryption_info] == [bytes(8)] * 2
    wrong = BOX.parse(box(b"uuid", SENC.bytes, head, u32(1), bytes(16)))
    assert "no size" in wrong.data.note


def test_known_extended_type_with_a_body_that_does_not_fit():
    data = box(b"uuid", PSSH.bytes, b"123")
    parsed = BOX.parse(data)
    assert parsed.data.raw == b"123"
    assert parsed.data.note
    assert BOX.build(parsed) == data


def test_segment_runs():
    asrt = full(b"asrt", 0, 0, u8(1), b"q\0", u32(1, 1, 9))
    run = {"first_segment": 1, "fragments_per_segment": 9}
    check(asrt, quality_entry_table=[b"q"], segment_run_enteries=[run])
    afrt = full(
        b"afrt",
        0,
        1,
        u32(1000),
        u8(0),
        u32(2),
        u32(1),
        u64(5),
        u32(6),
        u32(2),
        u64(7),
        u32(0),
        u8(3),
    )
    runs = [
        {
            "first_fragment": 1,
            "first_fragment_timestamp": 5,
            "fragment_duration": 6,
            "discontinuity": None,
        },
        {
            "first_fragment": 2,
            "first_fragment_timestamp": 7,
            "fragment_duration": 0,
            "discontinuity": 3,
        },
    ]
    check(
        afrt,
        flags={"update": True},
        time_scale=1000,
        quality_entry_table=[],
        fragment_run_enteries=runs,
    )
    abst = full(
        b"abst",
        0,
        0,
        u32(1),
        u8(0xE5),
        u32(1000),
        u64(2, 3),
        b"movie\0",
        u8(2),
        b"a\0b\0",
        u8(0),
        b"\0m\0",
        u8(1),
        asrt,
        u8(1),
        afrt,
    )
    parsed = BOX.parse(abst)
    assert (parsed.profile, parsed.live, parsed["update"]) == (True, True, False)
    assert parsed.server_entry_table == [b"a", b"b"]
    assert (parsed.movie_identifier, parsed.drm_data, parsed.metadata) == (b"movie", b"", b"m")
    assert parsed.segment_run_table[0].segment_run_enteries == [run]
    assert BOX.build(parsed) == abst
    check_raw(full(b"asrt", 0, 0, u8(0), u32(0xFFFFFFFF, 1, 9)), "do not fit")
