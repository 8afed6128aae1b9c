"""The layout of the files that `mux` writes, box by box, against bytes put together here."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given

from pymp4_nnr import errors, mux
from tests.mp4.boxes import u16, u32
from tests.mp4.forge import Box, full_box, read_boxes, rows_of, table
from tests.mp4.nnr_track import Track, restored
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START, STREAMS, TOPOLOGY, unit
from tests.round_trip import muxed

MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
NAME = b"Neural network (NNR)\0"


def moov_of(data: bytes) -> Box:
    (moov,) = [box for box in read_boxes(data) if box.type == b"moov"]
    return moov


def expected_file(
    ndus: list[bytes], nnrc: Box, stss: Box | None = None, *, timescale: int = 1000
) -> list[Box]:
    """The file of one track, as the README and ISO/IEC 14496-12 say it, box by box."""
    count = len(ndus)
    # version, times, timescale, duration, rate, volume, reserved, matrix, pre_defined, next ID
    mvhd = full_box(
        *(b"mvhd", u32(0, 0, timescale, count), u32(0x10000), u16(0x100), bytes(10)),
        *(MATRIX, bytes(24), u32(2)),
    )
    # times, track_ID, reserved, duration, reserved, layer, group, volume, reserved, matrix, w, h
    tkhd = full_box(
        b"tkhd",
        *(u32(0, 0, 1, 0, count), bytes(8), u16(0, 0, 0, 0), MATRIX, u32(0, 0)),
        flags=3,  # enabled, in the movie
    )
    und = (ord("u") - 0x60) << 10 | (ord("n") - 0x60) << 5 | ord("d") - 0x60
    mdhd = full_box(b"mdhd", u32(0, 0, timescale, count), u16(und, 0))
    hdlr = full_box(b"hdlr", u32(0), b"meta", bytes(12), NAME)
    dref = Box(b"dref", u32(0, 1), [full_box(b"url ", flags=1)])
    nnr1 = Box(b"nnr1", bytes(6) + u16(1), [nnrc])
    stbl = [
        Box(b"stsd", u32(0, 1), [nnr1]),
        table(b"stts", *([(count, 1)] if count else [])),
        *([stss] if stss else []),
        table(b"stsc", *([(1, count, 1)] if count else [])),
        full_box(b"stsz", u32(0, count), u32(*map(len, ndus))),
        table(b"stco", *([(0,)] if count else [])),
    ]
    minf = [full_box(b"nmhd"), Box(b"dinf", b"", [dref]), Box(b"stbl", b"", stbl)]
    mdia = [mdhd, hdlr, Box(b"minf", b"", minf)]
    trak = [tkhd, Box(b"mdia", b"", mdia)]
    moov = Box(b"moov", b"", [mvhd, Box(b"trak", b"", trak)])
    ftyp = Box(b"ftyp", b"isom" + u32(512) + b"isom" + b"iso6" + b"mp42")
    return [ftyp, moov, *([Box(b"mdat", b"".join(ndus))] if count else [])]


def assert_same(found: list[Box], expected: list[Box], path: str = "") -> None:
    assert [box.type for box in found] == [box.type for box in expected], path
    for one, other in zip(found, expected, strict=True):
        place = f"{path}/{one.type.decode()}"
        if one.type == b"stco":
            continue  # it is looked at by itself
        assert one.body == other.body, place
        assert_same(one.children or [], other.children or [], place)


def check(data: bytes, expected: list[Box]) -> None:
    """All boxes are as expected, and the first chunk is the body of `mdat`."""
    boxes = read_boxes(data)
    assert_same(boxes, expected)
    stco = rows_of(boxes[1]["trak/mdia/minf/stbl/stco"], 1)
    mdats = [box for box in boxes if box.type == b"mdat"]
    assert stco == [(box.offset + 8,) for box in mdats]


def test_every_field_of_a_plain_stream() -> None:
    check(muxed(SIMPLE), expected_file(NDUS, full_box(b"nnrC", START, PARAMETERS)))


def test_units_behind_an_ndu_bring_positions() -> None:
    nnrc = full_box(
        b"nnrC",
        *(u32(0), START, u32(1), TOPOLOGY, u32(1), PARAMETERS, u32(4), TOPOLOGY),
        flags=1,
    )
    check(muxed(MIXED), expected_file(NDUS, nnrc))


def test_one_unit_at_the_end_brings_positions_for_all() -> None:
    nnrc = full_box(b"nnrC", u32(0), START, u32(4), PARAMETERS, flags=1)
    check(muxed(b"".join([START, *NDUS, PARAMETERS])), expected_file(NDUS, nnrc))


def test_only_ndus() -> None:
    check(muxed(b"".join(NDUS)), expected_file(NDUS, full_box(b"nnrC")))


def test_no_ndu_at_all() -> None:
    data = muxed(START + PARAMETERS + TOPOLOGY)
    check(data, expected_file([], full_box(b"nnrC", START, PARAMETERS, TOPOLOGY)))


def test_dependent_ndus_bring_a_list_of_the_others() -> None:
    ndus = [unit(5, b"x", independent=flag) for flag in (1, 0, 0, 1, 1)]
    stss = table(b"stss", (1,), (4,), (5,))
    data = muxed(START + b"".join(ndus))
    check(data, expected_file(ndus, full_box(b"nnrC", START), stss))


def test_when_all_ndus_are_dependent_the_list_is_empty() -> None:
    ndus = [unit(5, b"x", independent=0)] * 3
    data = muxed(START + b"".join(ndus))
    check(data, expected_file(ndus, full_box(b"nnrC", START), table(b"stss")))


def test_dependent_units_that_are_no_ndus_bring_no_list() -> None:
    units = [unit(1, b"\0\0\0\x80", independent=0), unit(6, b"agg", independent=0)]
    data = muxed(b"".join([*units, *NDUS]))
    check(data, expected_file(NDUS, full_box(b"nnrC", *units)))


def test_an_aggregate_is_configuration_even_with_ndus_in_it() -> None:
    aggregate = unit(6, NDUS[0] + NDUS[1])
    data = muxed(START + aggregate + NDUS[2])
    check(data, expected_file([NDUS[2]], full_box(b"nnrC", START, aggregate)))


@pytest.mark.parametrize("unit_type", [7, 9, 31, 32, 40, 63])
def test_reserved_and_unspecified_types_are_configuration(unit_type: int) -> None:
    unknown = unit(unit_type, b"whatever")
    data = muxed(unknown + NDUS[0])
    check(data, expected_file([NDUS[0]], full_box(b"nnrC", unknown)))


def test_both_size_forms_are_kept_as_they_are() -> None:
    start, ndu = unit(0, b"\1", long=True), unit(5, b"small", long=True)
    check(muxed(start + ndu), expected_file([ndu], full_box(b"nnrC", start)))


@pytest.mark.parametrize("timescale", [1, 90000, 0xFFFFFFFF])
def test_timescale(timescale: int) -> None:
    data = muxed(SIMPLE, timescale=timescale)
    check(data, expected_file(NDUS, full_box(b"nnrC", START, PARAMETERS), timescale=timescale))


@pytest.mark.parametrize("timescale", [0, -1, 1 << 32])
def test_a_timescale_that_no_field_holds_is_refused(timescale: int, tmp_path: Path) -> None:
    with pytest.raises(errors.NNRError):
        mux(SIMPLE, tmp_path / "out.mp4", timescale=timescale)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x", "réseau — 网络"])
def test_names(name: str) -> None:
    hdlr = moov_of(muxed(SIMPLE, name=name))["trak/mdia/hdlr"]
    assert hdlr.body == bytes(8) + b"meta" + bytes(12) + name.encode() + b"\0"


@pytest.mark.parametrize("name", ["a\0b", "\udcff"])
def test_a_name_that_cannot_be_written_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(errors.NNRError):
        mux(SIMPLE, tmp_path / "out.mp4", name=name)
    assert list(tmp_path.iterdir()) == []


def test_several_bitstreams_become_several_tracks() -> None:
    data = muxed([SIMPLE, MIXED, START], name=["a", "b", "c"])
    boxes = read_boxes(data)
    assert [box.type for box in boxes] == [b"ftyp", b"moov", b"mdat", b"mdat"]
    traks = boxes[1].all("trak")
    assert [struct.unpack_from(">I", trak["tkhd"].body, 12)[0] for trak in traks] == [1, 2, 3]
    assert [trak["mdia/hdlr"].body[24:] for trak in traks] == [b"a\0", b"b\0", b"c\0"]
    assert boxes[1]["mvhd"].body[-4:] == u32(4)
    assert [Track(trak).samples(data) for trak in traks] == [NDUS, NDUS, []]


def test_names_must_be_as_many_as_bitstreams() -> None:
    with pytest.raises(errors.TrackError):
        muxed([SIMPLE, MIXED], name=["only one"])


# --- every stream -----------------------------------------------------------------------------


def assert_layout(data: bytes, units: list[tuple[int, int, bytes]]) -> None:
    """The file of (nnr_unit_type, independently_decodable_flag, bytes) of a bitstream's units."""
    boxes = read_boxes(data)
    ndus = [unit for kind, _, unit in units if kind == 5]
    kinds = [box.type for box in boxes if box.type != b"free"]
    assert kinds == [b"ftyp", b"moov"] + [b"mdat"] * bool(ndus)
    track = Track(boxes[1]["trak"])
    assert track.samples(data) == ndus
    version, flags, configuration = track.configuration
    behind = False
    expected = []
    samples = 0
    for kind, _, unit_bytes in units:
        if kind == 5:
            samples += 1
        else:
            behind |= samples > 0
            expected.append((samples, unit_bytes))
    assert (version, flags) == (0, int(behind))
    assert configuration == b"".join(
        (u32(position) if behind else b"") + unit_bytes for position, unit_bytes in expected
    )
    stbl = boxes[1]["trak/mdia/minf/stbl"]
    flags_of_ndus = [flag for kind, flag, _ in units if kind == 5]
    if all(flags_of_ndus):
        assert stbl.all("stss") == []
    else:
        listed = [number for number, flag in enumerate(flags_of_ndus, 1) if flag]
        assert rows_of(stbl["stss"], 1) == [(number,) for number in listed]
    assert rows_of(stbl["stts"], 2) == ([(len(ndus), 1)] if ndus else [])
    assert restored(data) == b"".join(unit_bytes for _, _, unit_bytes in units)


@given(bitstreams())
def test_layout_of_any_stream(units: list[MadeUnit]) -> None:
    stream = b"".join(made.data for made in units)
    data = muxed(stream)
    assert_layout(
        data,
        [(made.nnr_unit_type, made.independently_decodable_flag, made.data) for made in units],
    )
    assert muxed(stream) == data


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_layout_of_fixtures(path: Path) -> None:
    stream = path.read_bytes()
    units = []
    at = 0
    while at < len(stream):
        long = stream[at] >> 7
        size = struct.unpack_from(">I" if long else ">H", stream, at)[0] & (
            0x7FFFFFFF if long else 0x7FFF
        )
        header = stream[at + (4 if long else 2)]
        units.append((header >> 2, header >> 1 & 1, stream[at : at + size]))
        at += size
    data = muxed(path)
    assert_layout(data, units)
    assert muxed(path) == data
    assert muxed(stream) == data


# --- alignment --------------------------------------------------------------------------------

MIB = 1 << 20


def stream_of_media(size: int, first_offset: int = 100) -> bytes:
    """A bitstream with NDUs of `size` bytes together, the first of them at `first_offset`."""
    head = unit(4, bytes(first_offset - 3))
    ndus = []
    while size > 300_000:
        ndus.append(unit(5, bytes(200_000 - 5), long=True))
        size -= 200_000
    return head + b"".join([*ndus, unit(5, bytes(size - 5), long=True)])


@pytest.mark.parametrize("first_offset", [3, 100, 4095, 4096, 5000, *range(2800, 2832)])
def test_large_media_data_is_aligned_as_in_its_source(first_offset: int) -> None:
    stream = stream_of_media(MIB, first_offset)
    data = muxed(stream)
    boxes = read_boxes(data)
    kinds = [box.type for box in boxes]
    assert kinds in ([b"ftyp", b"moov", b"free", b"mdat"], [b"ftyp", b"moov", b"mdat"])
    track = Track(boxes[1]["trak"])
    assert track.offsets[0] % 4096 == first_offset % 4096
    assert track.offsets[0] == boxes[-1].offset + 8
    if len(kinds) == 4:
        assert not any(boxes[2].body)
        assert boxes[2].size < 4096 + 8
    assert restored(data) == stream


def test_each_of_several_tracks_is_aligned() -> None:
    streams = [stream_of_media(MIB, 100), stream_of_media(MIB, 3333)]
    data = muxed(streams)
    tracks = [Track(trak) for trak in moov_of(data).all("trak")]
    assert [track.offsets[0] % 4096 for track in tracks] == [100, 3333]
    assert [b"".join(track.samples(data)) for track in tracks] == [
        streams[0][100:],
        streams[1][3333:],
    ]


@pytest.mark.parametrize(
    ("size", "align"), [(MIB - 1, True), (MIB, False)], ids=["small", "--no-align"]
)
def test_no_padding(size: int, align: bool) -> None:
    stream = stream_of_media(size)
    data = muxed(stream, align=align)
    assert [box.type for box in read_boxes(data)] == [b"ftyp", b"moov", b"mdat"]
    assert restored(data) == stream


# --- refused ----------------------------------------------------------------------------------

BROKEN = [
    (b"", errors.EmptyBitstreamError),
    (b"\0", errors.TrailingBytesError),
    (SIMPLE + b"\0", errors.BitstreamError),
    (SIMPLE + bytes(3), errors.UnitSizeError),
    (SIMPLE[:-1], errors.TruncatedUnitError),
    (START + b"\x7f\xff" + PARAMETERS, errors.TruncatedUnitError),
    (b"\x80\0\0\4\0", errors.UnitSizeError),
]


@pytest.mark.parametrize(("stream", "error"), BROKEN)
def test_what_is_no_bitstream_is_refused(
    stream: bytes, error: type[errors.NNRError], tmp_path: Path
) -> None:
    with pytest.raises(error) as caught:
        mux(stream, tmp_path / "out.mp4")
    assert isinstance(caught.value, errors.BitstreamError)
    assert caught.value.offset is not None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", [None, 7, 1.5, object()])
def test_what_is_no_source_is_refused(source: object) -> None:
    with pytest.raises(errors.MediaError):
        mux(source, io.BytesIO())  # type: ignore[arg-type]


def test_an_mp4_file_is_no_bitstream(tmp_path: Path) -> None:
    with pytest.raises(errors.BitstreamError):
        mux(muxed(SIMPLE), tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_mux_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.NNRError):
        mux([], tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []
