"""Networks in movie fragments and segments as other muxers write them."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import demux, errors, verify
from tests.movie.checks import check
from tests.movie.fragments import BASES, SEGMENT_TYPE, segments, start_of
from tests.mp4.boxes import box, full, u32
from tests.mp4.networks import ENTRY, FRAMES, network
from tests.mp4.write import METT, movie, trex
from tests.nnr.streams import NDUS, PARAMETERS, SIMPLE, START, unit
from tests.round_trip import demuxed


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
@pytest.mark.parametrize("base", BASES)
def test_fragments(base: str, order: tuple[int, int, int]) -> None:
    head = start_of()
    check(head + b"".join(segments(len(head), base, order)))


@pytest.mark.parametrize("base", BASES)
def test_segments(base: str, tmp_path: Path) -> None:
    """An explicit base counts from the start of the segment's own file."""
    head = start_of()
    files = [head, *segments(0, base, before=SEGMENT_TYPE)]
    check(files)
    if base in ("moof", "neither"):
        check(b"".join(files))
    paths = []
    for number, content in enumerate(files):
        paths.append(tmp_path / f"{number}.m4s")
        paths[-1].write_bytes(content)
    target = tmp_path / "out.nnr"
    demux(paths, target)
    assert target.read_bytes() == SIMPLE
    with pytest.raises(errors.OutputError):
        demux(paths, paths[1])
    with pytest.raises(errors.FileFormatError, match="no moov"):
        demux(paths[1:], target)


def test_segments_that_are_missing() -> None:
    head = start_of()
    first, second = segments(0)
    half = START + PARAMETERS + NDUS[0] + NDUS[1]
    assert demuxed([head, first]) == half, "what is there is a bitstream"
    difference = verify([head, first], SIMPLE)
    assert difference is not None and difference.offset == len(half)
    assert verify([head, second], SIMPLE) is not None


def test_samples_in_moov_and_in_fragments() -> None:
    head = start_of(samples=NDUS[:2])
    check(head + b"".join(segments(len(head), ndus=NDUS[2:])))


def one_fragment(
    head: bytes, traf: Callable[[int], bytes], data: bytes, *, moof_start: int | None = None
) -> bytes:
    """A fragment of one `traf`, which is told where the data begin, from the `moof` on."""

    def build(at: int) -> bytes:
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", traf(at)))

    size = len(build(0))
    return head + build(size + 8) + box(b"mdat", data)


EQUAL = [unit(5, bytes([number]) * 9) for number in range(4)]
EQUAL_STREAM = START + PARAMETERS + b"".join(EQUAL)


@pytest.mark.parametrize("where", ["trex", "tfhd", "trun"])
@pytest.mark.parametrize("description", ["trex", "tfhd"])
def test_defaults(where: str, description: str) -> None:
    """Size and sample description from wherever they may come; others are there to mislead."""
    size = len(EQUAL[0])
    wrong = 3
    extends = trex(
        2,
        2 if description == "trex" else 1,
        7,
        {"trex": size}.get(where, wrong),
    )
    plans = [network(samples=[], entries=[METT, ENTRY])]
    head = movie(plans, moov_first=True, mvex=box(b"mvex", extends), mdat=None)
    flags, fields = 0x20000, b""
    if description == "tfhd":
        flags, fields = flags | 2, fields + u32(2)
    flags, fields = flags | 8, fields + u32(5)
    if where != "trex":
        flags, fields = flags | 16, fields + u32(size if where == "tfhd" else wrong)
    flags, fields = flags | 32, fields + u32(0)
    tfhd = full(b"tfhd", 0, flags, u32(2), fields)

    def traf(at: int) -> bytes:
        rows, present = b"", 1
        if where == "trun":
            present |= 0x200
            rows = u32(*map(len, EQUAL))
        return tfhd + full(b"trun", 0, present, u32(4, at), rows)

    check(one_fragment(head, traf, b"".join(EQUAL)), EQUAL_STREAM, EQUAL)


@pytest.mark.parametrize("present", range(16))
@pytest.mark.parametrize("first_flags", [0, 4])
def test_every_set_of_fields_in_a_run(present: int, first_flags: int) -> None:
    flags = 1 | first_flags | present << 8

    def traf(at: int) -> bytes:
        rows = b""
        for ndu in EQUAL:
            values = [9, len(ndu), 0x10000, 0]
            rows += b"".join(u32(v) for i, v in enumerate(values) if present >> i & 1)
        first = u32(0) if first_flags else b""
        tfhd = full(b"tfhd", 0, 0x20010, u32(2, len(EQUAL[0])))
        return tfhd + full(b"trun", 1, flags, u32(4, at), first, rows)

    check(one_fragment(start_of(), traf, b"".join(EQUAL)), EQUAL_STREAM, EQUAL)


def test_several_runs() -> None:
    """With and without data_offset, forward and backward, with other bytes between."""

    def run(samples: list[bytes], at: int | None = None) -> bytes:
        where = u32(at) if at is not None else b""
        sizes = u32(*map(len, samples))
        return full(b"trun", 0, 0x200 | (at is not None), u32(len(samples)), where, sizes)

    gap = b"gap"
    data = b"".join([NDUS[3], gap, NDUS[0], NDUS[1], gap, NDUS[2]])

    def traf(at: int) -> bytes:
        second = at + len(NDUS[3]) + len(gap)
        third = second + len(NDUS[0]) + len(NDUS[1]) + len(gap)
        tfhd = full(b"tfhd", 0, 0x20000, u32(2))
        runs = run(NDUS[:1], second) + run(NDUS[1:2]) + run(NDUS[2:3], third) + run(NDUS[3:], at)
        return tfhd + run([], at) + runs

    check(one_fragment(start_of(), traf, data))


def test_several_track_fragments_of_one_track() -> None:
    """The second starts where the data of the first end, and has no data_offset."""
    head = start_of()

    def moof(at: int) -> bytes:
        trafs = b""
        for number, (ndu, other) in enumerate(zip(NDUS, FRAMES, strict=False)):
            for track, sample in ((2, ndu), (1, other)):
                first = number == 0 and track == 2
                where = u32(at) if first else b""
                trun = full(b"trun", 0, 0x200 | first, u32(1), where, u32(len(sample)))
                trafs += box(b"traf", full(b"tfhd", 0, 0, u32(track)), trun)
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), trafs)

    data = b"".join(ndu + other for ndu, other in zip(NDUS, FRAMES, strict=False))
    check(head + moof(len(moof(0)) + 8) + box(b"mdat", data))


def test_media_data_before_its_fragment() -> None:
    head = start_of() + box(b"mdat", *NDUS)
    back = -sum(map(len, NDUS))
    tfhd = full(b"tfhd", 0, 0x20000, u32(2))
    trun = full(b"trun", 0, 0x201, u32(4), struct.pack(">i", back), u32(*map(len, NDUS)))
    check(head + box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun)))


def test_broken_fragments() -> None:
    head = start_of()
    (first, *_) = segments(len(head))
    for kind, at, value in (
        (b"trun", 4, u32(0xFFFFFFFF)),
        (b"trun", 8, u32(0x7FFFFFFF)),
        (b"trun", 8, struct.pack(">i", -100000)),
        (b"tfhd", -4, b"zzzz"),
    ):
        place = [i for i in range(len(first)) if first.startswith(kind, i)][1] + 4 + at
        broken = first[:place] + value + first[place + len(value) :]
        with pytest.raises(errors.NNRError):
            demuxed(head + broken)


def test_a_run_of_endless_equal_samples() -> None:
    """Nothing is allocated that the file cannot hold."""
    for size in (0, 1, 1 << 31):
        tfhd = full(b"tfhd", 0, 0x20010, u32(2, size))
        trun = full(b"trun", 0, 1, u32(0xFFFFFFFF, 0))
        moof = box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun))
        with pytest.raises(errors.SampleTableError):
            demuxed(start_of() + moof)
