"""Edits, composition times, random access, producer times and events."""

from __future__ import annotations

import pytest

from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import BoxBuildError
from tests.boxes.checks import check, check_builds, check_raw
from tests.mp4.boxes import box, full, i32, i64, u8, u16, u32, u64


def test_edits():
    rows = [
        {
            "segment_duration": 2,
            "media_time": -1,
            "media_rate_integer": 1,
            "media_rate_fraction": 0,
        },
        {
            "segment_duration": 4,
            "media_time": 9,
            "media_rate_integer": -1,
            "media_rate_fraction": -32768,
        },
    ]
    rates = [u16(1, 0), u16(0xFFFF, 0x8000)]
    narrow = full(b"elst", 0, 0, u32(2), u32(2), i32(-1), rates[0], u32(4, 9), rates[1])
    wide = full(b"elst", 1, 0, u32(2), u64(2), i64(-1), rates[0], u64(4, 9), rates[1])
    check(narrow, entries=rows)
    check(wide, version=1, entries=rows)
    check_builds(narrow, entries=rows)
    check_builds(wide, version=1, entries=rows)
    check(full(b"elst", 0, 0, u32(0)), entries=[])
    check_raw(full(b"elst", 0, 0, u32(0xFFFFFFFF), bytes(24)), "do not fit")
    check_raw(full(b"elst", 2, 0, u32(0)), "version 2")


def test_an_edit_that_does_not_fit():
    row = {
        "segment_duration": 1 << 32,
        "media_time": 0,
        "media_rate_integer": 1,
        "media_rate_fraction": 0,
    }
    with pytest.raises(BoxBuildError, match="row 0"):
        BOX.build({"type": b"elst", "entries": [row]})
    del row["media_time"]
    with pytest.raises(BoxBuildError, match="media_time"):
        BOX.build({"type": b"elst", "entries": [row]})


def test_composition_offsets():
    unsigned = {"sample_count": 1, "sample_offset": 0xFFFFFFFF}
    check(full(b"ctts", 0, 0, u32(1, 1, 0xFFFFFFFF)), entries=[unsigned])
    signed = {"sample_count": 1, "sample_offset": -1}
    check(full(b"ctts", 1, 0, u32(1, 1, 0xFFFFFFFF)), version=1, entries=[signed])


def test_composition_range():
    fields = {
        "compositionToDTSShift": 1,
        "leastDecodeToDisplayDelta": -1,
        "greatestDecodeToDisplayDelta": 2,
        "compositionStartTime": 0,
        "compositionEndTime": 9,
    }
    check(full(b"cslg", 0, 0, i32(1, -1, 2, 0, 9)), **fields)
    check(full(b"cslg", 1, 0, i64(1, -1, 2, 0, 9)), version=1, **fields)


def test_producer_time():
    check(
        full(b"prft", 0, 0, u32(1), u64(1 << 63), u32(5)),
        reference_track_ID=1,
        ntp_timestamp=1 << 63,
        media_time=5,
    )
    check(
        full(b"prft", 1, 24, u32(1), u64(2), u64(1 << 33)),
        version=1,
        flags=24,
        reference_track_ID=1,
        ntp_timestamp=2,
        media_time=1 << 33,
    )


def test_events():
    common = {
        "scheme_id_uri": "urn:a",
        "value": "1",
        "timescale": 1000,
        "event_duration": 5,
        "id": 6,
        "message_data": b"m",
    }
    old = full(b"emsg", 0, 0, b"urn:a\0", b"1\0", u32(1000, 7, 5, 6), b"m")
    new = full(b"emsg", 1, 0, u32(1000), u64(1 << 33), u32(5, 6), b"urn:a\0", b"1\0", b"m")
    check(old, **common, presentation_time_delta=7)
    check(new, version=1, **common, presentation_time=1 << 33)
    check_builds(old, **common, presentation_time_delta=7)
    check_builds(new, version=1, **common, presentation_time=1 << 33)
    check_raw(full(b"emsg", 0, 0, b"urn:a"), "not terminated")


def test_levels():
    data = full(
        b"leva",
        0,
        0,
        u8(4),
        u32(1) + u8(0x80) + b"roll",
        u32(2) + u8(0x01) + b"rap " + u32(5),
        u32(3) + u8(0x02),
        u32(4) + u8(0x04) + u32(9),
    )
    names = ("grouping_type", "grouping_type_parameter", "sub_track_ID")
    rows = [
        (1, True, 0, b"roll", None, None),
        (2, False, 1, b"rap ", 5, None),
        (3, False, 2, None, None, None),
        (4, False, 4, None, None, 9),
    ]
    keys = ("track_ID", "padding_flag", "assignment_type", *names)
    levels = [dict(zip(keys, row, strict=True)) for row in rows]
    check(data, levels=levels)
    check_builds(data, levels=levels)
    with pytest.raises(BoxBuildError, match="sub_track_ID = 9 has no place"):
        BOX.build({"type": b"leva", "levels": [dict(levels[2], sub_track_ID=9)]})


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("widths", [(1, 1, 1), (4, 4, 4), (1, 2, 3)])
def test_random_access(version: int, widths: tuple[int, int, int]):
    number = u64 if version else u32
    coded = (widths[0] - 1) << 4 | (widths[1] - 1) << 2 | (widths[2] - 1)
    places = b"".join(value.to_bytes(width) for value, width in zip((7, 8, 9), widths, strict=True))
    data = full(b"tfra", version, 0, u32(1, coded, 2), (number(5, 6) + places) * 2)
    row = {"time": 5, "moof_offset": 6, "traf_number": 7, "trun_number": 8, "sample_delta": 9}
    expected = {
        "track_ID": 1,
        "length_size_of_traf_num": widths[0] - 1,
        "length_size_of_trun_num": widths[1] - 1,
        "length_size_of_sample_num": widths[2] - 1,
        "entries": [row, row],
    }
    if version:
        expected["version"] = 1
    check(data, **expected)
    check_builds(data, **expected)


def test_random_access_beyond_its_width_and_count():
    row = {"time": 5, "moof_offset": 6, "traf_number": 256, "trun_number": 8, "sample_delta": 9}
    with pytest.raises(BoxBuildError, match="traf_number = 256"):
        BOX.build({"type": b"tfra", "track_ID": 1, "entries": [row]})
    check_raw(full(b"tfra", 0, 0, u32(1, 0, 0xFFFFFFFF), bytes(11)), "do not fit")
    check(full(b"mfro", 0, 0, u32(80)), parent_size=80)


def test_download_rates():
    check(full(b"pdin", 0, 0, u32(1, 2)), entries=[{"rate": 1, "initial_delay": 2}])


def test_alternative_startup_sequences():
    check(full(b"assp", 0, 0, i32(-5)), min_initial_alt_startup_offset=-5)
    rows = [{"grouping_type_parameter": 1, "min_initial_alt_startup_offset": -5}]
    data = full(b"assp", 1, 0, u32(1, 1), i32(-5))
    check(data, version=1, entries=rows)
    check_builds(data, version=1, entries=rows)


def test_samples_of_which_a_part_was_shown_before():
    data = full(b"rsot", 0, 3, u32(5, 2))
    check(data, flags=3, original_duration=5, elapsed_duration=2)
    check(full(b"rsot", 0, 2, u32(2)), flags=2, original_duration=None, elapsed_duration=2)


def test_event_messages_in_samples():
    fields = {
        "presentation_time_delta": -9,
        "event_duration": 5,
        "id": 7,
        "scheme_id_uri": "urn:a",
        "value": "1",
        "message_data": b"data",
    }
    data = full(b"emib", 0, 0, u32(0), i64(-9), u32(5, 7), b"urn:a\0", b"1\0", b"data")
    check(data, **fields)
    check_builds(data, **fields)
    check(box(b"emeb"))
    data = full(b"silb", 0, 0, u32(1), b"urn:a\0", b"1\0", u8(1, 1))
    schemes = [{"scheme_id_uri": "urn:a", "value": "1", "atleast_once_flag": True}]
    check(data, schemes=schemes, other_schemes_flag=True)
    check_builds(data, schemes=schemes, other_schemes_flag=True)
