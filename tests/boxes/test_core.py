"""What holds for every box: no byte is lost, every fault is told, nothing hangs or is left."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from construct import ConstructError, Container
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.reader import MAX_DEPTH
from pymp4_nnr.errors import BoxBuildError, BoxParseError, NNRError
from tests.boxes.checks import boxes_in, plain, rebuilt
from tests.boxes.sample_entries import stsd
from tests.boxes.strategies import BOX_CODES, ENTRY_CODES, bodies
from tests.mp4.boxes import box, full, u16, u32, u64
from tests.mp4.files import broken_files, files
from tests.plugin.registered import registered


def round_trip(data: bytes):
    """Parse and build; what is parsed ends where the data does."""
    parsed = rebuilt(data)
    assert parsed.offset == 0 and parsed.end == len(data)
    return parsed


# --- lossless ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", BOX_CODES, ids=lambda code: code.decode("latin-1"))
def test_any_bytes_in_any_box(code):
    @given(bodies())
    def check(body):
        round_trip(box(code, body))

    check()


@pytest.mark.parametrize("version", [0, 1, 2, 255])
@given(code=st.sampled_from(BOX_CODES), flags=st.integers(0, 0xFFFFFF), body=bodies())
def test_any_version_and_flags_of_any_box(version, code, flags, body):
    round_trip(full(code, version, flags, body))


@given(code=st.sampled_from(ENTRY_CODES), head=st.binary(min_size=8, max_size=8), body=bodies(200))
def test_any_bytes_in_any_sample_entry(code, head, body):
    round_trip(stsd(box(code, head, body)))


@given(code=st.binary(min_size=4, max_size=4), body=st.binary(max_size=60))
def test_any_type_of_box_and_entry(code, body):
    round_trip(box(code, body))
    round_trip(stsd(box(code, bytes(6), u16(1), body)))


@given(st.binary(max_size=300))
def test_any_bytes_in_containers(body):
    round_trip(box(b"moov", box(b"trak", body), body))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_every_file_is_rebuilt(path):
    data = path.read_bytes()
    for extended in (False, True):
        stream, built = io.BytesIO(data), io.BytesIO()
        with registered(extended=extended) as host:
            while stream.tell() < len(data):
                host.build_stream(host.parse_stream(stream), built)
        assert built.getvalue() == data


ODD = {
    "av1_opus_frag.mp4": {"moov/trak/mdia/minf/stbl/stsd/av01/av1C"},  # a box without a body
    "timecode.mov": {"moov/trak/mdia/minf/stbl/stsd/tmcd"},  # two bytes of padding
    "timecode.mp4": {"moov/trak/mdia/minf/stbl/stsd/tmcd"},
}


@pytest.mark.parametrize(
    "path", [path for path in files() if not path.name.startswith("hand_")], ids=lambda p: p.name
)
def test_ordinary_files_need_no_raw_bytes(path):
    data = path.read_bytes()
    stream, noted = io.BytesIO(data), set()
    while stream.tell() < len(data):
        parsed = BOX.parse_stream(stream)
        noted |= {path for path, inner in boxes_in(parsed) if "note" in inner}
    assert noted == ODD.get(path.name, set())


@pytest.mark.parametrize("path", broken_files(), ids=lambda path: path.name)
def test_broken_files_are_kept_or_refused(path):
    data = path.read_bytes()
    stream, built = io.BytesIO(data), b""
    with registered() as host:
        try:
            while stream.tell() < len(data):
                built += host.build(host.parse_stream(stream))
        except ConstructError as error:
            assert isinstance(error, BoxParseError)
            assert error.offset == len(built)
        assert data.startswith(built)


def test_sizes_in_every_form():
    wide = u32(1) + b"free" + u64(16 + 3) + b"abc"
    assert plain(round_trip(wide)) == {"type": b"free", "size_form": "largesize", "data": b"abc"}
    to_end = u32(0) + b"mdat" + b"media"
    assert plain(round_trip(to_end)) == {
        "type": b"mdat",
        "size_form": "to end of file",
        "data": b"media",
    }
    child = box(b"moov", u32(1) + b"udta" + u64(16))
    assert round_trip(child).children[0].size_form == "largesize"


def test_a_child_of_size_0_stays_with_its_parent():
    parsed = round_trip(box(b"moov", box(b"udta"), u32(0), b"trak", b"rest"))
    assert [child.type for child in parsed.children] == [b"udta"]
    assert parsed.trailing == u32(0) + b"trakrest"
    assert "too small" in parsed.note


def test_what_a_definition_does_not_know_is_kept_in_that_box_alone():
    data = box(b"moov", full(b"mehd", 9, 0, u32(1)), full(b"mfhd", 0, 0, u32(7)))
    mehd, mfhd = round_trip(data).children
    assert mehd.raw == bytes([9]) + bytes(3) + u32(1)
    assert "version 9" in mehd.note
    assert mfhd.sequence_number == 7 and "note" not in mfhd


def test_bytes_after_the_fields_are_kept():
    parsed = round_trip(full(b"mfhd", 0, 0, u32(7), b"more"))
    assert parsed.sequence_number == 7
    assert parsed.trailing == b"more"
    assert parsed.note == "4 bytes after the last field"


def test_a_type_that_nobody_knows():
    inside = box(b"trak")
    parsed = round_trip(box(b"zzzz", inside))
    assert parsed.data == inside
    assert BOX.build({"type": b"zzzz", "data": inside}) == box(b"zzzz", inside)
    with pytest.raises(BoxBuildError, match="no definition of zzzz for children"):
        BOX.build({"type": b"zzzz", "children": []})


def test_data_alone_builds_any_box():
    assert BOX.build({"type": b"elst", "data": b"anything"}) == box(b"elst", b"anything")


def test_deep_nesting():
    data = b""
    for _ in range(2000):
        data = box(b"moov", data)
    parsed = round_trip(data)
    for _ in range(MAX_DEPTH + 1):
        parsed = parsed.children[0]
    assert f"deeper than {MAX_DEPTH}" in parsed.note


def test_nested_entries_of_two_forms_take_no_time():
    """Both forms of `raw` find the next `stsd`: without a limit, each level would take twice."""
    data = b""
    for _ in range(24):
        entry = bytes(6) + u16(1) + bytes(20) + box(b"free", bytes(42)) + data + b"odd"
        data = full(b"stsd", 0, 0, u32(1), box(b"raw", entry))
    started = time.process_time()
    round_trip(data)
    assert time.process_time() - started < 2


# --- cut off -------------------------------------------------------------------------------------


def test_cut_anywhere():
    path = next(path for path in files() if path.name == "h264_aac_faststart.mp4")
    data = path.read_bytes()
    size = int.from_bytes(data[32:36]) if data[36:40] == b"moov" else None
    assert size, "moov comes second"
    moov = data[32 : 32 + size]
    with registered() as host:
        for length in range(len(moov)):
            with pytest.raises(ConstructError) as caught:
                host.parse(moov[:length])
            assert isinstance(caught.value, NNRError)
            assert "cut off" in str(caught.value)


@given(st.data())
def test_a_leaf_cut_short_is_kept(data):
    whole = box(b"moov", full(b"mdhd", 0, 0, bytes(16), u16(0x55C4), u16(0)))
    cut = data.draw(st.integers(1, 27))
    body = whole[16 : len(whole) - cut]
    round_trip(box(b"moov", box(b"mdhd", body)))


def test_a_size_beyond_the_stream_allocates_nothing():
    with registered() as host, pytest.raises(ConstructError, match="cut off"):
        host.parse(u32(1) + b"mdat" + u64(1 << 62))
    with registered() as host, pytest.raises(ConstructError, match="cut off"):
        host.parse(u32(0xFFFFFFFF) + b"moov")


# --- building ------------------------------------------------------------------------------------


def trak(**header) -> dict:
    return {"type": b"trak", "children": [dict(type=b"tkhd", **header)]}


def test_what_cannot_be_built_is_told_with_its_path():
    moov = {"type": b"moov", "children": [trak(), trak(width="wide"), trak()]}
    with registered() as host, pytest.raises(ConstructError) as caught:
        host.build(moov)
    assert isinstance(caught.value, BoxBuildError)
    assert caught.value.box_path == "moov/trak[1]/tkhd"
    assert "width" in caught.value.reason


def test_a_path_through_sample_entries():
    entry = {"format": b"mp4a", "sampling_rate": 8000, "children": [{"type": b"btrt"}]}
    with pytest.raises(BoxBuildError) as caught:
        BOX.build({"type": b"stsd", "entries": [entry]})
    assert caught.value.box_path == "stsd/mp4a/btrt"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"type": "moov"},
        {"type": 4},
        {"type": b"moov1"},
        None,
        b"moov",
        {"type": b"moov", "children": 5},
        {"type": b"moov", "children": b"abc"},
        {"type": b"moov", "children": [None]},
        {"type": b"stts", "entries": [5]},
        {"type": b"stts", "entries": [{"sample_count": 1}]},
        {"type": b"stts", "entries": [{"sample_count": -1, "sample_delta": 1}]},
        {"type": b"stsz", "sample_count": 2, "entry_sizes": [1]},
        {"type": b"stsz", "entry_sizes": [1 << 32]},
        {"type": b"trun", "flags": {"data_offset": True}, "sample_info": []},
        {"type": b"mfhd", "sequence_number": 1, "version": 3},
        {"type": b"ftyp", "major_brand": b"isommm", "minor_version": 0, "compatible_brands": []},
    ],
)
def test_what_is_no_box_raises(wrong):
    with registered() as host, pytest.raises(ConstructError) as caught:
        host.build(wrong)
    assert isinstance(caught.value, BoxBuildError)


# --- state ---------------------------------------------------------------------------------------


def bit_boxes() -> list[bytes]:
    return [
        full(b"mdhd", 0, 0, u32(1, 2, 3, 4), u16(0x55C4, 0)),
        full(b"tfhd", 0, 0x020038, u32(1, 2, 3, 0x01010000)),
        full(b"trex", 0, 0, u32(1, 1, 2, 3, 0x02000000)),
        full(b"sidx", 0, 0, u32(1, 2, 3, 4), u16(0, 1), u32(0x80000005, 6, 0x90000007)),
        full(b"trun", 0, 0x000401, u32(2, 3, 0x01010000, 0x02000000)),
    ]


def test_threads_in_parallel():
    sound = bit_boxes()
    cut = [box(data[4:8], data[8:-3]) for data in sound]
    expected = [plain(BOX.parse(data)) for data in sound]

    def work(_):
        for data in cut:
            assert BOX.build(BOX.parse(data)) == data
        return [plain(BOX.parse(data)) for data in sound]

    with ThreadPoolExecutor(16) as pool:
        assert all(found == expected for found in pool.map(work, range(200)))


def test_a_failed_parse_leaves_nothing_behind():
    with registered() as host:
        for data in bit_boxes():
            expected = plain(host.parse(data))
            for length in range(8, len(data)):
                host.parse(box(data[4:8], data[8:length]))
                with pytest.raises(ConstructError):
                    host.parse(data[:length])
            assert plain(host.parse(data)) == expected


def test_parsed_boxes_can_be_searched_as_before():
    moov = BOX.parse(box(b"moov", full(b"stts", 0, 0, u32(1, 2, 3)), full(b"mfhd", 0, 0, u32(9))))
    assert moov.search("sample_delta") == 3
    assert moov.search("sequence_number") == 9
    assert moov.search_all("type") == [b"moov", b"stts", b"mfhd"]
    assert moov.search("nothing") is None
    assert isinstance(moov, Container)


@pytest.mark.parametrize(
    "fields",
    [
        dict(type=b"hdlr", handler_type=b"meta", name=5),
        dict(type=b"hdlr", handler_type=4, name="x"),
        dict(type=b"free", raw=3),
        dict(type=b"nmhd", trailing=4),
        dict(type=b"zzzz", data=2),
    ],
)
def test_an_integer_is_no_bytes(fields):
    with pytest.raises(BoxBuildError):
        BOX.build(fields)
