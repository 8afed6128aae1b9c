"""Restoring: every stream, every legal layout, every kind of source and target, every bad file."""

from __future__ import annotations

import io
import itertools
import os
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given

from pymp4_nnr import Movie, NNRError, demux, errors, mux, verify
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import (
    STBL,
    Box,
    Change,
    forge,
    full_box,
    patched,
    read_boxes,
    replaced,
    restored,
    table,
    write_box,
    write_boxes,
)
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START, STREAMS, TOPOLOGY, unit
from tests.paths import ROOT
from tests.round_trip import demuxed, muxed

# --- every stream -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_fixtures_survive(path: Path, tmp_path: Path) -> None:
    mp4, back = tmp_path / "file.mp4", tmp_path / "back.nnr"
    mux(path, mp4)
    assert demux(mp4, back) == path.stat().st_size
    assert back.read_bytes() == path.read_bytes()
    assert verify(mp4, path) is None
    assert restored(mp4.read_bytes()) == path.read_bytes()


@given(bitstreams(max_units=25))
def test_any_stream_survives(units: list[MadeUnit]) -> None:
    stream = b"".join(made.data for made in units)
    data = muxed(stream)
    assert demuxed(data) == stream
    assert verify(data, stream) is None


@given(bitstreams(), bitstreams())
def test_each_track_is_restored_alone(one: list[MadeUnit], other: list[MadeUnit]) -> None:
    streams = [b"".join(made.data for made in units) for units in (one, other)]
    data = muxed(streams)
    assert [demuxed(data, track_id=number) for number in (1, 2)] == streams


def test_many_small_configuration_units_survive() -> None:
    stream = START * 10_000 + NDUS[0] + START * 10_000
    assert demuxed(muxed(stream)) == stream


def test_a_file_is_chosen_by_track_id() -> None:
    data = muxed([SIMPLE, MIXED])
    for track_id in (None, 0, 3, -1):
        with pytest.raises(errors.TrackError):
            demuxed(data, track_id=track_id)


# --- sources and targets ----------------------------------------------------------------------


def as_path(data: bytes, folder: Path) -> object:
    (folder / "source").write_bytes(data)
    return folder / "source"


def as_text_path(data: bytes, folder: Path) -> object:
    return str(as_path(data, folder))


def as_file(data: bytes, folder: Path) -> object:
    return Path(str(as_path(data, folder))).open("rb")


def as_raw_file(data: bytes, folder: Path) -> object:
    return Path(str(as_path(data, folder))).open("rb", buffering=0)


def as_file_in_the_middle(data: bytes, folder: Path) -> object:
    (folder / "source").write_bytes(b"not ours" + data)
    file = (folder / "source").open("rb")
    file.seek(8)
    return file


def as_buffer_in_the_middle(data: bytes, folder: Path) -> object:
    file = io.BytesIO(b"not ours" + data)
    file.seek(8)
    return file


def as_pipe(data: bytes, folder: Path) -> object:
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    threading.Thread(target=feed, daemon=True).start()
    return os.fdopen(reader, "rb")


def as_named_pipe(data: bytes, folder: Path) -> object:
    path = folder / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=[data], daemon=True).start()
    return path


SOURCES: list[Callable[[bytes, Path], object]] = [
    *(as_path, as_text_path, as_file, as_raw_file, as_file_in_the_middle),
    *(as_buffer_in_the_middle, as_pipe, as_named_pipe),
    lambda data, folder: data,
    lambda data, folder: bytearray(data),
    lambda data, folder: memoryview(b"x" + data)[1:],
    lambda data, folder: io.BytesIO(data),
]
LARGE = START + unit(5, bytes(range(256)) * 1000, long=True) + PARAMETERS + NDUS[1]


@pytest.mark.parametrize("make", SOURCES, ids=lambda make: getattr(make, "__name__", "?"))
@pytest.mark.parametrize("stream", [MIXED, LARGE], ids=["small", "large"])
def test_sources(make: Callable[[bytes, Path], object], stream: bytes, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("mux", "demux", "verify")]
    for folder in folders:
        folder.mkdir()
    data = muxed(stream)
    for folder, bytes_, work in zip(
        folders,
        (stream, data, data),
        (muxed, demuxed, lambda source: verify(source, stream)),
        strict=True,
    ):
        source = make(bytes_, folder)
        result = work(source)  # type: ignore[operator]
        assert result == {muxed: data, demuxed: stream}.get(work)
        if hasattr(source, "close"):
            assert not source.closed  # the caller's file is the caller's
            source.close()


@pytest.mark.parametrize("mode", ["wb", "w+b", "ab", "r+b"])
@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("stream", [MIXED, LARGE], ids=["small", "large"])
def test_file_objects_are_written_from_where_they_are(
    mode: str, buffering: int, stream: bytes, tmp_path: Path
) -> None:
    mp4, back = tmp_path / "file.mp4", tmp_path / "back"
    back.write_bytes(b"?" * 20)
    mux(stream, mp4)
    with back.open(mode, buffering=buffering) as file:
        file.write(b"before")
        demux(mp4, file)
        file.write(b"behind")
    kept = b"?" * 20 if mode == "ab" else b""
    written = kept + b"before" + stream + b"behind"
    assert back.read_bytes() == written + (b"?" * 20)[len(written) :]


def test_pipes_are_written(tmp_path: Path) -> None:
    mux(LARGE, tmp_path / "file.mp4")
    reader, writer = os.pipe()
    found = []

    def drain() -> None:
        with os.fdopen(reader, "rb") as file:
            found.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(writer, "wb") as file:
        demux(tmp_path / "file.mp4", file)
    thread.join()
    assert found == [LARGE]


class Recording(io.BytesIO):
    """A file that remembers which bytes were read."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.reads: list[tuple[int, int]] = []

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        data = super().read(size)
        self.reads.append((start, start + len(data)))
        return data


def bytes_read(reads: list[tuple[int, int]], start: int, end: int) -> int:
    """How many bytes between two offsets were read, those read twice counted twice."""
    return sum(max(0, min(b, end) - max(a, start)) for a, b in reads)


def test_only_box_headers_and_moov_are_read_before_samples_are_copied() -> None:
    data = muxed(LARGE * 8)
    boxes = {box.type: box for box in read_boxes(data)}
    mdat = boxes[b"mdat"]
    assert mdat.size > 1 << 20
    file = Recording(data)
    with Movie(file) as movie:
        samples = movie.track().samples
        configurations = movie.track().configurations
    assert len(samples) == 16
    assert len(configurations[0] or ()) == 16
    assert bytes_read(file.reads, mdat.offset, len(data)) <= 16
    assert bytes_read(file.reads, 0, len(data)) <= boxes[b"moov"].size + 16 * len(boxes)


def test_each_sample_is_read_once_when_it_is_copied() -> None:
    data = muxed(LARGE * 8)
    file = Recording(data)
    assert demuxed(file) == LARGE * 8  # type: ignore[arg-type]
    mdat = next(box for box in read_boxes(data) if box.type == b"mdat")
    assert bytes_read(file.reads, mdat.offset + 16, len(data)) <= mdat.size


def test_looking_at_a_file_reads_the_headers_of_units_alone() -> None:
    data = muxed(LARGE * 8)
    file = Recording(data)
    with FileInfo(file) as info:
        assert len(list(info.units(info.tracks[0]))) == 32
    mdat = next(box for box in read_boxes(data) if box.type == b"mdat")
    assert bytes_read(file.reads, mdat.offset, len(data)) <= 16 * 1024  # of 2 MiB


# --- verify -----------------------------------------------------------------------------------


def test_verify_tells_the_first_byte_and_unit() -> None:
    data = muxed(MIXED)
    starts = [0]
    for part in (START, NDUS[0], TOPOLOGY, PARAMETERS, *NDUS[1:], TOPOLOGY):
        starts.append(starts[-1] + len(part))
    for index, (start, end) in enumerate(itertools.pairwise(starts)):
        for place in (start + 2, end - 1):  # behind the size, which other tests change
            other = bytearray(MIXED)
            other[place] ^= 0x40
            difference = verify(data, bytes(other))
            assert difference is not None
            assert (difference.offset, difference.unit_index) == (place, index)
            assert difference.restored_size == difference.original_size == len(MIXED)
            assert str(place) in str(difference)
            assert f"unit {index}" in str(difference)


@pytest.mark.parametrize("place", [0, 1, 4, 5, len(SIMPLE) - len(NDUS[3]), len(SIMPLE) - 15])
@pytest.mark.parametrize("flip", [1, 0x80, 0xFF])
def test_verify_against_a_stream_with_a_wrong_size(place: int, flip: int) -> None:
    other = bytearray(SIMPLE)
    other[place] ^= flip
    difference = verify(muxed(SIMPLE), bytes(other))
    assert difference is not None
    assert difference.offset == place
    starts = [0, 4, 4 + len(PARAMETERS)]
    for ndu in NDUS:
        starts.append(starts[-1] + len(ndu))
    assert difference.unit_index == max(i for i, start in enumerate(starts) if start <= place)


@pytest.mark.parametrize("cut", [1, len(NDUS[3]), len(SIMPLE) - 3, len(SIMPLE)])
def test_verify_against_a_shorter_stream(cut: int) -> None:
    shorter = SIMPLE[:-cut]
    difference = verify(muxed(SIMPLE), shorter)
    assert difference is not None
    assert difference.offset == len(shorter)
    assert difference.restored_size == len(SIMPLE)
    assert difference.original_size == len(shorter)


@pytest.mark.parametrize("more", [b"\0", START])
def test_verify_against_a_longer_stream(more: bytes) -> None:
    difference = verify(muxed(SIMPLE), SIMPLE + more)
    assert difference is not None
    assert difference.offset == len(SIMPLE)
    assert difference.original_size == len(SIMPLE + more)


def test_verify_when_a_sample_was_damaged() -> None:
    data = bytearray(muxed(SIMPLE))
    data[-1] ^= 1
    difference = verify(bytes(data), SIMPLE)
    assert difference is not None
    assert difference.offset == len(SIMPLE) - 1
    assert difference.unit_index == 5


# --- legal layouts ----------------------------------------------------------------------------


def with_tables(stsc: list[tuple[int, int, int]], offsets: list[int], *, co64: bool = False) -> Box:
    """`stbl` for the samples of SIMPLE in chunks."""
    if co64:
        chunks = full_box(b"co64", u32(len(offsets)), struct.pack(f">{len(offsets)}Q", *offsets))
    else:
        chunks = table(b"stco", *((offset,) for offset in offsets))
    nnrc = full_box(b"nnrC", START, PARAMETERS)
    stsd = Box(b"stsd", u32(0, 1), [Box(b"nnr1", bytes(6) + u16(1), [nnrc])])
    stsz = full_box(b"stsz", u32(0, len(NDUS)), u32(*map(len, NDUS)))
    return Box(b"stbl", b"", [stsd, table(b"stts", (4, 1)), table(b"stsc", *stsc), stsz, chunks])


def moov_with(stbl: Box) -> bytes:
    moov = next(box for box in read_boxes(muxed(SIMPLE)) if box.type == b"moov")
    replaced(STBL, stbl)(moov)
    return write_box(moov)


FTYP = write_box(Box(b"ftyp", b"isom" + u32(0) + b"isom"))


def largesize(kind: bytes, body: bytes) -> bytes:
    return u32(1) + kind + struct.pack(">Q", 16 + len(body)) + body


def mdat_first(header: Callable[[bytes], bytes]) -> bytes:
    media = header(b"".join(NDUS))
    start = len(FTYP) + len(media) - sum(map(len, NDUS))
    return FTYP + media + moov_with(with_tables([(1, 4, 1)], [start]))


def mdat_to_the_end() -> bytes:
    size = len(moov_with(with_tables([(1, 4, 1)], [0])))
    start = len(FTYP) + size + 8
    moov = moov_with(with_tables([(1, 4, 1)], [start]))
    return FTYP + moov + u32(0) + b"mdat" + b"".join(NDUS)


def moov_to_the_end() -> bytes:
    media = write_box(Box(b"mdat", b"".join(NDUS)))
    moov = moov_with(with_tables([(1, 4, 1)], [len(FTYP) + 8]))
    return FTYP + media + u32(0) + moov[4:]


def large_moov() -> bytes:
    media = write_box(Box(b"mdat", b"".join(NDUS)))
    moov = moov_with(with_tables([(1, 4, 1)], [len(FTYP) + 8]))
    return FTYP + media + largesize(b"moov", moov[8:])


def chunks_in_any_order() -> bytes:
    """Four chunks, the last first, in two mdats with other data around them."""
    order = [3, 1, 0, 2]
    data = FTYP
    offsets = [0] * 4
    for part in (order[:2], order[2:]):
        body = b"other data"
        for index in part:
            offsets[index] = len(data) + 8 + len(body)
            body += NDUS[index] + b"?"
        data += write_box(Box(b"mdat", body)) + write_box(Box(b"free", b"free"))
    return data + moov_with(with_tables([(1, 1, 1)], offsets))


def chunks_of_different_lengths() -> bytes:
    media = b"".join(NDUS[:1]) + b"gap" + b"".join(NDUS[1:3]) + b"gap" + NDUS[3]
    first = len(FTYP) + 8
    second = first + len(NDUS[0]) + 3
    third = second + len(NDUS[1]) + len(NDUS[2]) + 3
    stbl = with_tables([(1, 1, 1), (2, 2, 1), (3, 1, 1)], [first, second, third], co64=True)
    return FTYP + write_box(Box(b"mdat", media)) + moov_with(stbl)


def compact_sizes(bits: int) -> bytes:
    sizes = b"".join(len(ndu).to_bytes(bits // 8) for ndu in NDUS)
    stz2 = full_box(b"stz2", u32(bits), u32(4), sizes)
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsz", stz2))


def same_sizes() -> bytes:
    ndus = b"".join(unit(5, bytes([number] * 12)) for number in range(4))
    data = muxed(START + PARAMETERS + ndus)
    return forge(data, replaced(f"{STBL}/stsz", full_box(b"stsz", u32(15, 4))))


def other_boxes_in_the_entry() -> bytes:
    nnrc = full_box(b"nnrC", START, PARAMETERS)
    btrt = Box(b"btrt", u32(0, 0, 0))
    entry = Box(b"nnr1", bytes(6) + u16(1), [btrt, nnrc, Box(b"abcd", b"unknown")])
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsd/nnr1", entry))


def other_boxes_everywhere() -> bytes:
    def change(moov: Box) -> None:
        box = moov
        assert box.children is not None
        for name in ("trak", "mdia", "minf", "stbl"):
            box.children.insert(0, Box(b"free", b"padding"))
            box.children.append(Box(b"uuid", bytes(16) + b"more"))
            box = box[name]
            assert box.children is not None

    data = forge(muxed(SIMPLE), change)
    return data + write_box(Box(b"free", b"")) + write_box(Box(b"mfra", b""))


def unknown_flags() -> bytes:
    return forge(muxed(SIMPLE), patched(f"{STBL}/stsd/nnr1/nnrC", 0, u32(0x800002)))


def positions_that_are_not_needed() -> bytes:
    nnrc = full_box(b"nnrC", u32(0), START, u32(0), PARAMETERS, flags=1)
    return forge(muxed(SIMPLE), replaced(f"{STBL}/stsd/nnr1/nnrC", nnrc))


SAME = b"".join(unit(5, bytes([number] * 12)) for number in range(4))
LAYOUTS: dict[str, tuple[Callable[[], bytes], bytes]] = {
    "mdat first": (lambda: mdat_first(lambda b: write_box(Box(b"mdat", b))), SIMPLE),
    "mdat of 64-bit size": (lambda: mdat_first(lambda b: largesize(b"mdat", b)), SIMPLE),
    "mdat to the end": (mdat_to_the_end, SIMPLE),
    "moov to the end": (moov_to_the_end, SIMPLE),
    "moov of 64-bit size": (large_moov, SIMPLE),
    "chunks in any order": (chunks_in_any_order, SIMPLE),
    "chunks of different lengths": (chunks_of_different_lengths, SIMPLE),
    "8-bit sizes": (lambda: compact_sizes(8), SIMPLE),
    "16-bit sizes": (lambda: compact_sizes(16), SIMPLE),
    "one size for all": (same_sizes, START + PARAMETERS + SAME),
    "other boxes in the entry": (other_boxes_in_the_entry, SIMPLE),
    "other boxes everywhere": (other_boxes_everywhere, SIMPLE),
    "unknown flags": (unknown_flags, SIMPLE),
    "positions that are not needed": (positions_that_are_not_needed, SIMPLE),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_legal_layouts_are_read(name: str) -> None:
    make, stream = LAYOUTS[name]
    data = make()
    assert demuxed(data) == stream
    assert verify(data, stream) is None
    with FileInfo(data) as info:
        units = list(info.units(info.tracks[0]))
    assert b"".join(data[u.unit.offset :][: u.unit.size] for u in units) == stream


# --- bad files --------------------------------------------------------------------------------


def nnrc(*parts: bytes, version: int = 0, flags: int = 0) -> Change:
    box = full_box(b"nnrC", *parts, version=version, flags=flags)
    return replaced(f"{STBL}/stsd/nnr1/nnrC", box)


def stsd_entries(*entries: Box, count: int | None = None) -> Change:
    count = len(entries) if count is None else count
    return replaced(f"{STBL}/stsd", Box(b"stsd", u32(0, count), list(entries)))


GOOD = full_box(b"nnrC", START, PARAMETERS)
ENTRY = Box(b"nnr1", bytes(6) + u16(1), [GOOD])
P = f"{STBL}/"
TABLES = errors.SampleTableError
TRACK = errors.TrackError

FORGED: dict[str, tuple[Change, type[NNRError]]] = {
    # sizes
    "stsz counts one too many": (patched(P + "stsz", 8, u32(5)), TABLES),
    "stsz counts 2^32 - 1": (patched(P + "stsz", 8, u32(0xFFFFFFFF)), TABLES),
    "stsz counts one too few": (patched(P + "stsz", 8, u32(3)), TABLES),
    "stsz counts none": (patched(P + "stsz", 8, u32(0)), TABLES),
    "stsz cut": (replaced(P + "stsz", full_box(b"stsz", u32(0))), TABLES),
    "no stsz": (replaced(P + "stsz", None), TABLES),
    "one size for 2^32 - 1": (patched(P + "stsz", 4, u32(1, 0xFFFFFFFF)), TABLES),
    "one size too large": (patched(P + "stsz", 4, u32(0xFFFFFFFF, 4)), TABLES),
    "a sample past the end": (patched(P + "stsz", 24, u32(17)), TABLES),
    "a sample of 4 GiB": (patched(P + "stsz", 24, u32(0xFFFFFFFF)), TABLES),
    # chunks
    "stsc empty": (replaced(P + "stsc", table(b"stsc")), TABLES),
    "stsc counts 2^32 - 1": (patched(P + "stsc", 4, u32(0xFFFFFFFF)), TABLES),
    "no stsc": (replaced(P + "stsc", None), TABLES),
    "stsc begins with chunk 2": (patched(P + "stsc", 8, u32(2)), TABLES),
    "stsc begins with chunk 0": (patched(P + "stsc", 8, u32(0)), TABLES),
    "stsc holds fewer samples": (patched(P + "stsc", 12, u32(3)), TABLES),
    "stsc holds more samples": (patched(P + "stsc", 12, u32(5)), TABLES),
    "stsc holds 2^32 - 1 samples": (patched(P + "stsc", 12, u32(0xFFFFFFFF)), TABLES),
    "stsc holds no samples": (patched(P + "stsc", 12, u32(0)), TABLES),
    "stsc goes back": (
        replaced(P + "stsc", table(b"stsc", (1, 4, 1), (1, 4, 1))),
        TABLES,
    ),
    "no description 0": (patched(P + "stsc", 16, u32(0)), TABLES),
    "no description 2": (patched(P + "stsc", 16, u32(2)), TABLES),
    "no description 2^32 - 1": (patched(P + "stsc", 16, u32(0xFFFFFFFF)), TABLES),
    "no stco": (replaced(P + "stco", None), TABLES),
    "stco empty": (replaced(P + "stco", table(b"stco")), TABLES),
    "stco counts 2^32 - 1": (patched(P + "stco", 4, u32(0xFFFFFFFF)), TABLES),
    "stco cut": (replaced(P + "stco", Box(b"stco", u32(0))), TABLES),
    "a chunk outside the file": (patched(P + "stco", 8, u32(0xFFFFFFFF)), TABLES),
    "a chunk at 2^64 - 1": (
        replaced(P + "stco", full_box(b"co64", u32(1), struct.pack(">Q", (1 << 64) - 1))),
        TABLES,
    ),
    "a chunk at 2^63": (
        replaced(P + "stco", full_box(b"co64", u32(1), struct.pack(">Q", 1 << 63))),
        TABLES,
    ),
    # boxes that are not there
    "no stbl": (replaced(STBL, None), TRACK),
    "no mdia": (replaced("trak/mdia", None), TRACK),
    "no tkhd": (replaced("trak/tkhd", None), TABLES),
    "no mdhd": (replaced("trak/mdia/mdhd", None), TABLES),
    "no hdlr": (replaced("trak/mdia/hdlr", None), TABLES),
    "no trak": (replaced("trak", None), TRACK),
    "mdhd cut": (replaced("trak/mdia/mdhd", full_box(b"mdhd", u32(0))), TABLES),
    "tkhd cut": (replaced("trak/tkhd", full_box(b"tkhd", u32(0))), TABLES),
    "hdlr cut": (replaced("trak/mdia/hdlr", full_box(b"hdlr")), TABLES),
    # sample entries
    "no nnr1": (stsd_entries(), TRACK),
    "another entry": (stsd_entries(Box(b"abcd", bytes(6) + u16(1))), TRACK),
    "stsd counts two": (stsd_entries(ENTRY, count=2), NNRError),
    "entry cut": (stsd_entries(Box(b"nnr1", bytes(4))), NNRError),
    "no nnrC": (stsd_entries(Box(b"nnr1", bytes(6) + u16(1))), TRACK),
    "two nnrC": (stsd_entries(Box(b"nnr1", bytes(6) + u16(1), [GOOD, GOOD])), TRACK),
    "media elsewhere": (
        patched("trak/mdia/minf/dinf/dref/url ", 0, u32(0)),
        TRACK,
    ),
    # configuration
    "nnrC of version 1": (nnrc(START, version=1), TRACK),
    "nnrC of version 255": (nnrc(START, version=255), TRACK),
    "nnrC without version": (replaced(P + "stsd/nnr1/nnrC", Box(b"nnrC", b"\0")), TRACK),
    "nnrC with half a unit": (nnrc(START, PARAMETERS[:-1]), TRACK),
    "nnrC with a unit of size 0": (nnrc(START, bytes(4)), TRACK),
    "nnrC with a trailing byte": (nnrc(START, b"\0"), TRACK),
    "nnrC with a large unit": (nnrc(b"\xff\xff\xff\xff\0"), TRACK),
    "half a sample_position": (nnrc(u32(0), START, b"\0\0", flags=1), TRACK),
    "a sample_position without a unit": (nnrc(u32(0), START, u32(0), flags=1), TRACK),
    "a sample_position behind the end": (nnrc(u32(5), START, flags=1), TRACK),
    "a sample_position of 2^32 - 1": (nnrc(u32(0xFFFFFFFF), START, flags=1), TRACK),
}


def assert_refused(data: bytes, error: type[NNRError], folder: Path, *, place: bool = True) -> None:
    """Neither demuxed nor verified nor described, and no file is left behind."""
    for work in (
        lambda: demux(data, folder / "out.nnr"),
        lambda: verify(data, SIMPLE),
    ):
        with pytest.raises(NNRError) as caught:
            work()
        assert isinstance(caught.value, error), caught.value
        found = caught.value
        assert "\n" not in str(found)
        if place:
            assert found.box_path or found.offset is not None or "track" in str(found), found
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", FORGED)
def test_forged_tables_are_refused(name: str, tmp_path: Path) -> None:
    change, error = FORGED[name]
    data = forge(muxed(SIMPLE), change)
    assert data != muxed(SIMPLE)
    assert_refused(data, error, tmp_path)


def test_sample_positions_that_decrease_are_refused(tmp_path: Path) -> None:
    change = nnrc(u32(2), START, u32(1), PARAMETERS, flags=1)
    assert_refused(forge(muxed(SIMPLE), change), TRACK, tmp_path)


def test_two_movies_are_refused(tmp_path: Path) -> None:
    boxes = read_boxes(muxed(SIMPLE))
    assert_refused(write_boxes([*boxes, boxes[1]]), errors.FileFormatError, tmp_path)


@pytest.mark.parametrize("cut", range(1, len(muxed(SIMPLE))))
def test_a_truncated_file_is_refused(cut: int, tmp_path: Path) -> None:
    # Cut between two boxes, the file is whole but for its media data.
    between = cut == sum(map(len, NDUS)) + 8
    error = TABLES if between else errors.FileFormatError
    assert_refused(muxed(SIMPLE)[:-cut], error, tmp_path, place=False)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", bytes(8), bytes(100), b"text, not boxes\n" * 10, SIMPLE, MIXED, b"\xff" * 64],
)
def test_what_is_no_mp4_file_is_refused(data: bytes, tmp_path: Path) -> None:
    assert_refused(data, errors.FileFormatError, tmp_path, place=False)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "fixtures/mp4/broken").iterdir()), ids=lambda path: path.name
)
def test_broken_fixtures_are_refused(path: Path, tmp_path: Path) -> None:
    assert_refused(path.read_bytes(), NNRError, tmp_path, place=False)


def test_a_sample_that_is_no_unit_is_told_by_info() -> None:
    data = bytearray(muxed(SIMPLE))
    data[-len(NDUS[3]) + 1] += 1
    with FileInfo(bytes(data)) as info, pytest.raises(TABLES) as caught:
        list(info.units(info.tracks[0]))
    assert caught.value.unit_index == 5
    assert caught.value.offset == len(data) - len(NDUS[3])
