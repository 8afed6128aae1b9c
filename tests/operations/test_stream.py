"""`stream`: units as they arrive, the same as those of the whole file."""

from __future__ import annotations

import gc
import io
import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr import errors
from tests.mp4.boxes import box, full, u32
from tests.mp4.forge import STBL, forge, patched
from tests.mp4.read import nodes
from tests.nnr.large_streams import MIB, ndu
from tests.nnr.streams import MIXED, SIMPLE, START, WHOLE
from tests.paths import ROOT
from tests.round_trip import demuxed, muxed

VIDEO = ROOT / "fixtures" / "mp4" / "h264_aac.mp4"
LAYOUTS: dict[str, dict[str, object]] = {
    "alone": {},
    "no index": {"tensor_index": False, "align": False},
    "appendable": {"appendable": True},
    "fragments": {"fragment": 1},
    "beside video": {"into": VIDEO},
    "fragments beside video": {"into": VIDEO, "fragment": 3},
}


def portions(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def told(units: Iterable[pymp4_nnr.Unit]) -> list[tuple[object, ...]]:
    """All that units say of themselves, and their bytes."""
    return [
        (
            *(unit.index, unit.offset, unit.size, unit.nnr_unit_type),
            *(unit.independently_decodable_flag, unit.partial_data_counter, unit.data),
        )
        for unit in units
    ]


def opened(data: bytes) -> list[tuple[object, ...]]:
    with pymp4_nnr.open(data) as file:
        return told(file.networks[0].units)


def with_round(data: bytes, folder: Path) -> bytes:
    """A file to which `MIXED` was appended."""
    path = folder / "rounds.mp4"
    path.write_bytes(data)
    pymp4_nnr.append(path, MIXED)
    return path.read_bytes()


def written(stream: bytes) -> bytes:
    """A file of fragments, written unit by unit: later units are in sample groups."""
    target = io.BytesIO()
    with pymp4_nnr.FragmentWriter(target, fragment=2) as writer:
        for unit in pymp4_nnr.split(stream):
            writer.write(unit)
    return target.getvalue()


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_the_units_are_those_of_the_whole_file(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    movies = [muxed(data, **options) for options in LAYOUTS.values()]
    rounds = with_round(muxed(data, appendable=True), tmp_path)
    for source in (data, *movies, written(data), rounds):
        expected = opened(source)
        for size in (37, 1000, len(source)):
            assert told(pymp4_nnr.stream(portions(source, size))) == expected
    for source in (MIXED, muxed(MIXED), written(MIXED)):
        assert told(pymp4_nnr.stream(portions(source, 1))) == opened(source)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_unit_comes_with_its_last_byte(layout: str) -> None:
    """Units of `nnrC` and of sample groups come with `moov` or `moof`, samples at once."""
    for data in (MIXED, SIMPLE):
        check_in_time(muxed(data, **LAYOUTS[layout]))


@pytest.mark.parametrize("source", [SIMPLE, written(MIXED)], ids=["bitstream", "sample groups"])
def test_a_unit_of_a_stream_comes_with_its_last_byte(source: bytes) -> None:
    check_in_time(source)


def check_in_time(source: bytes) -> None:
    arrived = 0

    def arriving() -> Iterator[bytes]:
        nonlocal arrived
        for arrived in range(1, len(source) + 1):
            yield source[arrived - 1 : arrived]

    boxes = [node for node in nodes(source) if node.type in (b"moov", b"moof")]
    needed = 8  # by which it is told whether this is an MP4 file
    for unit in pymp4_nnr.stream(arriving()):
        holders = [box.end for box in boxes if box.start <= unit.offset < box.end]
        needed = max(needed, *holders, unit.offset + unit.size * (not holders))
        assert arrived == needed, unit
    assert needed > 8


# --- sources ----------------------------------------------------------------------------------


def moov_last(data: bytes) -> bytes:
    """A file whose `moov` comes last."""
    at, end = next((node.start, node.end) for node in nodes(data) if node.type == b"moov")
    size = end - at
    moov = bytearray(data[at:end])
    place = moov.index(b"stco") + 12
    moov[place : place + 4] = (int.from_bytes(moov[place : place + 4]) - size).to_bytes(4)
    return data[:at] + data[end:] + bytes(moov)


def test_what_cannot_be_streamed() -> None:
    data = muxed(SIMPLE)
    last = moov_last(data)
    assert demuxed(last) == SIMPLE
    with pytest.raises(errors.NotStreamableError, match="moov comes behind the media data"):
        list(pymp4_nnr.stream(last))
    with pytest.raises(errors.NotStreamableError, match="in front of moov"):
        list(pymp4_nnr.stream(forge(data, patched(f"{STBL}/stco", 8, u32(10)))))
    networks = [SIMPLE, MIXED]
    with pytest.raises(errors.TrackNotChosenError):
        list(pymp4_nnr.stream(muxed(networks)))
    for number, network in enumerate(networks, 1):
        units = pymp4_nnr.stream(muxed(networks), track_id=number)
        assert b"".join(unit.data for unit in units) == network
    with pytest.raises(errors.TrackNotFoundError):
        list(pymp4_nnr.stream(data, track_id=7))
    with pytest.raises(errors.TrackNotFoundError):
        list(pymp4_nnr.stream(SIMPLE, track_id=1))
    with pytest.raises(errors.SecondMovieError):
        list(pymp4_nnr.stream(data + data))


def test_fragments_that_go_back() -> None:
    data = written(SIMPLE)
    starts = [node.start for node in nodes(data) if node.type == b"moof"]
    first, second = data[starts[0] : starts[1]], data[starts[1] :]
    with pytest.raises(errors.NotStreamableError, match="out of order"):
        list(pymp4_nnr.stream(data[: starts[0]] + second + first))


@pytest.mark.parametrize("make", [bytes, muxed, written], ids=["nnr", "mp4", "fragments"])
def test_what_is_cut_off(make: Callable[[bytes], bytes]) -> None:
    """At any byte: the units before, and an error; never fewer units and none."""
    source = make(MIXED)
    expected = told(pymp4_nnr.stream(source))
    starts = [unit.offset for unit in pymp4_nnr.split(source)] if make is bytes else []
    starts += [node.start for node in nodes(source)] if make is not bytes else []
    for size in range(len(source)):
        units = pymp4_nnr.stream([source[:size]])
        found: list[pymp4_nnr.Unit] = []
        try:
            found.extend(units)
            assert size in starts
        except errors.NNRError:
            pass
        assert told(found) == expected[: len(found)]


def test_sizes_and_counts_that_lie() -> None:
    """Nothing is allocated, and nothing repeated, because a field says so."""
    data = muxed(SIMPLE)
    endless = itertools.repeat(bytes(MIB))
    moov = data.index(b"moov") - 4
    large = data[: data.index(b"mdat") - 4]
    lies: dict[str, Iterable[bytes]] = {
        "a moov of 16 EiB": itertools.chain(
            [data[:moov], u32(1) + b"moov" + (1 << 62).to_bytes(8)], endless
        ),
        "a unit of 2 GiB": itertools.chain([START, u32(0xFFFFFFF0), b"\x14"], endless),
        "a sample of 4 GiB": itertools.chain(
            [forge(large, patched(f"{STBL}/stsz", 12, u32(0xFFFFFFF0)))], endless
        ),
        "4 billion samples of one byte": itertools.chain(
            [
                forge(
                    forge(large, patched(f"{STBL}/stsz", 4, u32(1, 0xFFFFFFFF))),
                    patched(f"{STBL}/stsc", 12, u32(0xFFFFFFFF)),
                )
            ],
            endless,
        ),
        "zeros without an end": endless,
        "a moof of 4 billion samples": itertools.chain(
            [written(SIMPLE)[: written(SIMPLE).index(b"moof") - 4], lying_moof()], endless
        ),
    }
    gc.collect()
    for name, chunks in lies.items():
        tracemalloc.start()
        try:
            with pytest.raises(errors.NNRError):
                for _ in pymp4_nnr.stream(chunks, limit=8 * MIB):
                    pass
            assert tracemalloc.get_traced_memory()[1] < 24 * MIB, name
        finally:
            tracemalloc.stop()


def lying_moof() -> bytes:
    trun = full(b"trun", 0, 1, u32(0xFFFFFFFF, 100))
    tfhd = full(b"tfhd", 0, 0x20010, u32(1, 0))
    return box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun))


@pytest.mark.parametrize("fragment", [None, 1, 40], ids=["whole", "fragments", "large fragments"])
def test_memory_is_that_of_a_unit(fragment: int | None) -> None:
    """100 MB of units of 1 MB, in chunks of 64 KiB."""
    unit = ndu(1_000_000)
    head, fragments = announced(len(unit), 100, fragment)

    def arriving() -> Iterator[bytes]:
        yield head
        for moof, count in fragments:
            yield moof
            for _ in range(count):
                yield from portions(unit, 1 << 16)

    tracemalloc.start()
    try:
        count = sum(1 for one in pymp4_nnr.stream(arriving()) if one.is_ndu)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100
    assert peak < 3 * len(unit) + 500_000


def announced(size: int, count: int, fragment: int | None) -> tuple[bytes, list[tuple[bytes, int]]]:
    """The boxes in front of the samples of a network, as `mux` and `FragmentWriter` write them."""
    if fragment is None:
        whole = muxed([START + ndu(size) * count], align=False)
        at = whole.index(b"mdat") + 4
        return whole[:at], [(b"", count)]
    target = io.BytesIO()
    with pymp4_nnr.FragmentWriter(target, fragment=fragment) as writer:
        writer.write(START)
        for _ in range(count):
            writer.write(ndu(size))
    data = target.getvalue()
    found, at = [], 0
    for node in nodes(data):
        if node.type == b"mdat":
            inside = (node.end - node.start - 8) // size
            found.append((data[at : node.start + 8], inside))
            at = node.end
    return b"", found


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files(seed: int) -> None:
    """The same units as those of the whole file, or an error of ours."""
    chance = random.Random(seed)
    goods = [muxed(MIXED), written(MIXED), muxed(MIXED, into=VIDEO, fragment=1)]
    for _ in range(60):
        data = bytearray(chance.choice(goods))
        for _ in range(chance.choice([1, 1, 2, 5])):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 8, 127, 128, 255])
        source = bytes(data)
        try:
            found = told(pymp4_nnr.stream(portions(source, 200)))
        except errors.NNRError:
            continue
        try:
            assert found == opened(source)
        except errors.NNRError as error:
            # What a stream does not look at: `moov/mvhd`, and what comes behind the samples.
            assert isinstance(error, errors.MissingBoxError | errors.TrackError), error
