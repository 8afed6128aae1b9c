"""The splitter: both ways of walking, both forms of the size, every fault."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pymp4_nnr.bitstream.codec import parse_unit
from pymp4_nnr.bitstream.splitter import HeaderReader, _bitstring_reader, split
from pymp4_nnr.bitstream.unit import Unit, unit_type_name
from pymp4_nnr.bitstream.unit_header import read_unit_header
from pymp4_nnr.bitstream.unit_walk import walk
from pymp4_nnr.errors import (
    BitstreamError,
    EmptyBitstreamError,
    MediaError,
    NotBitstreamError,
    TrailingBytesError,
    TruncatedUnitError,
    UnitSizeError,
)
from pymp4_nnr.io.source import open_source
from tests.nnr.strategies import MadeUnit, bitstreams, wrap
from tests.paths import FIXTURES


def walked(data: bytes) -> list[tuple[int, int, int, int, int | None]]:
    with open_source(data) as source:
        return list(walk(source))


def summary(unit: Unit) -> tuple[int, int, int, int, int | None]:
    return (
        unit.offset,
        unit.size,
        unit.nnr_unit_type,
        unit.independently_decodable_flag,
        unit.partial_data_counter,
    )


@given(bitstreams())
def test_split_and_walk_find_what_was_made(made: list[MadeUnit]) -> None:
    data = b"".join(unit.data for unit in made)
    units = list(split(data))
    assert [unit.data for unit in units] == [unit.data for unit in made]
    assert [unit.index for unit in units] == list(range(len(made)))
    assert [
        (unit.nnr_unit_type, unit.independently_decodable_flag, unit.partial_data_counter)
        for unit in units
    ] == [
        (unit.nnr_unit_type, unit.independently_decodable_flag, unit.partial_data_counter)
        for unit in made
    ]
    assert walked(data) == [summary(unit) for unit in units]


@given(
    st.binary(max_size=40)
    | bitstreams(max_units=4).map(lambda made: b"".join(unit.data for unit in made)[:-1])
)
def test_split_and_walk_fail_alike(data: bytes) -> None:
    def outcome(find: object) -> object:
        try:
            return find(data)  # type: ignore[operator]
        except BitstreamError as error:
            return type(error), str(error)

    assert outcome(walked) == outcome(lambda data: [summary(unit) for unit in split(data)])


@pytest.mark.parametrize("window_at", range(65536 - 8, 65536 + 2))
@pytest.mark.parametrize("long", [False, True])
def test_walk_reads_on_at_any_place_of_its_window(window_at: int, long: bool) -> None:
    filler = b"".join(wrap(b"\x16" + bytes(1000), long=False) for _ in range(window_at // 1003))
    left = window_at - len(filler)
    if left < 3:
        filler, left = filler[1003:], left + 1003
    data = filler + wrap(b"\x16" + bytes(left - 3), long=False)
    data += wrap(b"\x17\x07" + bytes(300), long=long) * 3 + wrap(b"\x16" + bytes(70_000), long=True)
    data += wrap(b"\x02", long=long) * 2
    assert walked(data) == [summary(unit) for unit in split(data)]


class CountingSource(io.BytesIO):
    """Counts the bytes that are read."""

    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.total += len(data)
        return data


def test_walk_does_not_read_large_units() -> None:
    file = CountingSource(wrap(b"\x16" + bytes(1 << 20), long=True) * 8)
    with open_source(file) as source:
        assert len(list(walk(source))) == 8
    assert file.total < 1 << 18


@pytest.mark.parametrize("long", [False, True])
def test_short_and_long_form_of_the_same_size(long: bool) -> None:
    (unit,) = split(wrap(b"\x16abc", long=long))
    assert unit.size == (8 if long else 6)
    assert parse_unit(unit).header["nnr_unit_size_flag"] == long


GOOD = wrap(b"\x02\x01", long=False)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (b"\0\0\x02", UnitSizeError),
        (b"\0\1\x02", UnitSizeError),
        (b"\0\2\x02", UnitSizeError),
        (b"\0\3\x03\0", UnitSizeError),
        (b"\x80\0\0\0\x02", UnitSizeError),
        (b"\x80\0\0\4\x02", UnitSizeError),
        (b"\x80\0\0\5\x03\0", UnitSizeError),
        (b"\0\0", UnitSizeError),
        (b"\0\2", UnitSizeError),
        (b"\x80\0\0\4", UnitSizeError),
        (b"\0\5\x02\0", TruncatedUnitError),
        (b"\0\4\x03", TruncatedUnitError),
        (b"\x7f\xff\x02", TruncatedUnitError),
        (b"\xff\xff\xff\xff\x02", TruncatedUnitError),
        (b"\x80\0\0\6\x03", TruncatedUnitError),
        (b"\x80\0\0", TruncatedUnitError),
        (b"\x80\0\0\5", TruncatedUnitError),
        (b"\0", TrailingBytesError),
        (b"\0\3", TrailingBytesError),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 3])
def test_faults(before: int, bad: bytes, error: type[BitstreamError]) -> None:
    data = GOOD * before + bad
    for find in (walked, lambda data: list(split(data))):
        with pytest.raises(error) as caught:
            find(data)
        assert caught.value.unit_index == before
        assert caught.value.offset == len(GOOD) * before


def test_empty() -> None:
    for find in (walked, lambda data: list(split(data))):
        with pytest.raises(EmptyBitstreamError):
            find(b"")


def test_units_before_a_fault_are_given() -> None:
    units = split(GOOD + b"\0")
    assert next(units).data == GOOD
    with pytest.raises(TrailingBytesError):
        next(units)


def test_type_names() -> None:
    assert unit_type_name(0) == "NNR_STR"
    assert unit_type_name(6) == "NNR_AGG"
    assert unit_type_name(7) == "NNR_RSVD_7"
    assert unit_type_name(31) == "NNR_RSVD_31"
    assert unit_type_name(32) == "NNR_UNSP_32"
    assert unit_type_name(63) == "NNR_UNSP_63"


# --- sources -------------------------------------------------------------------------------------


def test_sources_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "model.nnr"
    path.write_bytes(GOOD * 2)
    expected = [(0, 4), (4, 4)]

    def places(source: object) -> list[tuple[int, int]]:
        return [(unit.offset, len(unit.data)) for unit in split(source)]  # type: ignore[arg-type]

    assert places(path) == places(str(path)) == expected
    for buffer in (bytes, bytearray, memoryview):
        assert places(buffer(GOOD * 2)) == expected
    assert places(memoryview(GOOD * 2).cast("H")) == expected
    with path.open("rb") as file:
        assert places(file) == expected
        assert file.tell() == 0
        file.seek(4)
        assert places(file) == [(0, 4)]
    stream = io.BytesIO(b"before" + GOOD)
    stream.seek(6)
    assert places(stream) == [(0, 4)]
    with pytest.raises(MediaError):
        places(5)
    with pytest.raises(FileNotFoundError):
        places(tmp_path / "none")
    (tmp_path / "empty").touch()
    with pytest.raises(EmptyBitstreamError):
        places(tmp_path / "empty")


def test_pipe() -> None:
    inlet, outlet = os.pipe()

    def write() -> None:
        with open(outlet, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(GOOD * 100)

    writer = threading.Thread(target=write)
    writer.start()
    with open(inlet, "rb") as file:  # noqa: PTH123 - a descriptor
        assert len(list(split(file))) == 100
    writer.join()


def test_file_that_became_shorter_is_an_error() -> None:
    file = io.BytesIO(GOOD + wrap(b"\x16" + bytes(1000), long=False))  # more than is read ahead
    units = list(split(file))
    file.truncate(50)
    with pytest.raises(TruncatedUnitError) as caught:
        units[1].read()
    assert caught.value.unit_index == 1


def test_slices_of_a_unit() -> None:
    (unit,) = split(wrap(b"\x16abcdef", long=False))
    assert unit.read(3) == b"abcdef"
    assert unit.read(3, 5) == b"ab"
    assert unit.read(3, 500) == b"abcdef"
    assert unit.read(5, 4) == unit.read(50) == b""
    assert bytes(unit) == unit.data


@given(
    st.binary(max_size=7) | st.binary(max_size=4).map(lambda data: b"\x80\0\0" + data),
    st.binary(max_size=3),
)
def test_both_readers_of_headers_agree(head: bytes, before: bytes) -> None:
    data = before + head

    def outcome(read: HeaderReader) -> object:
        try:
            return read(data, len(before), 7, 70)
        except BitstreamError as error:
            return type(error), str(error)

    assert outcome(read_unit_header) == outcome(_bitstring_reader())


def test_a_file_may_be_closed_while_its_units_are_used(tmp_path: Path) -> None:
    """Even where the number of its descriptor is taken by another file."""
    data = b"".join(
        b"\x80" + (200_000).to_bytes(3) + b"\x14" + bytes([i]) * 199_995 for i in range(3)
    )
    path = tmp_path / "model.nnr"
    path.write_bytes(data)
    other = tmp_path / "other"
    other.write_bytes(b"?" * len(data))
    with path.open("rb") as file:
        units = list(split(file))
    with other.open("rb"):
        assert b"".join(unit.data for unit in units) == data


@pytest.mark.parametrize("name", ["h264_aac.mp4", "pyav_frag.mp4"])
def test_an_mp4_file_is_told_from_a_broken_bitstream(name: str) -> None:
    path = FIXTURES / "mp4" / name
    with pytest.raises(NotBitstreamError, match="this is an MP4 file, not an NNR bitstream"):
        list(split(path))
    data = path.read_bytes()
    moof = data.find(b"moof")
    if moof > 0:
        with pytest.raises(NotBitstreamError, match="MP4 file"):
            list(split(data[moof - 4 :]))
