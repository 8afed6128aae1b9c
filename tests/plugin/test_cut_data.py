"""Data that ends too early: lists that end there, errors that pymp4's users catch."""

from __future__ import annotations

import io

import pytest
from construct import ConstructError
from pymp4.parser import MP4

from pymp4_nnr.errors import BoxParseError, TruncatedBoxError
from tests.mp4.boxes import box, full, u16, u32, u64
from tests.mp4.files import files
from tests.plugin.registered import registered, stock
from tests.plugin.stock_reference import difference

FTYP = box(b"ftyp", b"isom", u32(0), b"iso6mp42")
SIDX = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 1), u32(100, 5, 0x90000000))
STTS = full(b"stts", 0, 0, u32(2, 1, 2, 3, 4))
MDAT = box(b"mdat", bytes(range(200)))
WHOLE = FTYP + SIDX + box(b"minf", STTS) + MDAT + box(b"free", b"end")


@pytest.fixture(params=[{}, {"extended": True}], ids=["default", "extended"])
def mode(request):
    return request.param


@pytest.mark.parametrize("length", range(len(WHOLE) + 1))
def test_any_number_of_first_bytes(length):
    data = WHOLE[:length]
    with stock():
        expected = MP4.parse(data)
    with registered():
        parsed = MP4.parse(data)
        assert MP4.build(parsed) == data
        streamed = MP4.parse_stream(io.BytesIO(data))
    assert [box["type"] for box in streamed] == [box["type"] for box in parsed]
    whole = [found for found in parsed if "note" not in found]
    ends = [0, *(found.end for found in whole)]
    if length in ends:
        assert difference(expected, parsed) is None
        return
    cut = parsed[-1]
    assert len(parsed) == len(whole) + 1
    assert (cut.offset, cut.end, cut.raw) == (ends[-1], length, data[ends[-1] :])
    assert cut.type == data[ends[-1] + 4 : ends[-1] + 8].rstrip(b" ")
    assert cut.size_form == "cut off" and "cut off" in cut.note
    # pymp4 itself keeps a container of which it has read a part
    assert difference(expected[: len(whole)], whole) is None


def test_a_cut_box_is_built_alone(mode):
    with registered(**mode) as pymp4:
        parsed = MP4.parse(FTYP + MDAT[:50])
        assert pymp4.build(parsed[1]) == MDAT[:50]
        assert [found.type for found in parsed] == [b"ftyp", b"mdat"]


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        (b"\0\0\0", "cut off"),
        (u32(5) + b"free", "too small"),
        (u32(1) + b"mdat" + u64(1 << 40) + b"abc", "cut off"),
        (u32(1) + b"mdat" + u64(3), "too small"),
    ],
)
def test_bytes_that_are_no_box_are_the_last_item(mode, rest, reason):
    with stock():
        expected = MP4.parse(FTYP + rest)
    with registered(**mode):
        parsed = MP4.parse(FTYP + rest)
        assert MP4.build(parsed) == FTYP + rest
    assert len(parsed) == 2 and reason in parsed[1].note
    assert parsed[0] == expected[0] and len(expected) == 1


def test_first_bytes_of_files(mode):
    for path in files()[::7]:
        data = path.read_bytes()
        for length in (1000, 10_000):
            with registered(**mode):
                parsed = MP4.parse(data[:length])
                assert MP4.build(parsed) == data[:length]
            if not mode:
                with stock():
                    expected = MP4.parse(data[:length])
                if expected:
                    assert parsed[0].type == expected[0].type


def test_errors_are_those_that_programs_catch(mode):
    """As pymp4's: OSError in a box that has begun, a ConstructError at the end of the data."""
    for length in range(len(SIDX)):
        with registered(**mode) as pymp4, pytest.raises(ConstructError) as caught:
            pymp4.parse(SIDX[:length])
        error = caught.value
        assert isinstance(error, TruncatedBoxError) and isinstance(error, BoxParseError)
        assert isinstance(error, OSError) == (length >= 4)
        assert "cut off" in str(error) and error.available == length
        with stock() as pymp4, pytest.raises((ConstructError, OSError)) as caught:
            pymp4.parse(MDAT[:length])
        assert isinstance(caught.value, OSError) == (length >= 4)


def test_nothing_is_allocated_for_a_size_that_is_not_there(mode):
    with registered(**mode):
        (parsed,) = MP4.parse(u32(0xFFFFFFFF) + b"mdat" + b"abc")
        assert parsed.raw == u32(0xFFFFFFFF) + b"mdatabc"
