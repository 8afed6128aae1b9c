"""Samples that a segmenter stored again are restored once; others that look alike are kept."""

from __future__ import annotations

import pytest

from pymp4_nnr import errors
from tests.mp4.boxes import box, full, table, u8, u32
from tests.mp4.networks import network
from tests.mp4.write import TrackPlan, movie, trex
from tests.nnr.streams import NDUS, PARAMETERS, START
from tests.round_trip import demuxed

REDUNDANT = 1 << 20  # sample_has_redundancy = 1 (8.8.3.1)
CONFIGURATION = START + PARAMETERS


def fragment(
    time: int | None, samples: list[bytes], durations: list[int] | None = None, flags: int = 0
) -> bytes:
    """A fragment whose first sample has the given flags."""
    tfhd = full(b"tfhd", 0, 0x20000, u32(2))
    tfdt = b"" if time is None else full(b"tfdt", 0, 0, u32(time))
    durations = durations or [1] * len(samples)
    table = b"".join(
        u32(duration, len(sample)) for duration, sample in zip(durations, samples, strict=True)
    )

    def moof(offset: int) -> bytes:
        trun = full(b"trun", 0, 0x305, u32(len(samples), offset, flags), table)
        return box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, tfdt, trun))

    return moof(len(moof(0)) + 8) + box(b"mdat", *samples)


def file(*fragments: bytes, mehd: int | None = None, stbl: list[bytes] | None = None) -> bytes:
    told = full(b"mehd", 0, 0, u32(mehd)) if mehd is not None else b""
    mvex = box(b"mvex", told, trex(2))
    head = movie(
        [network(samples=stbl or [])],
        moov_first=True,
        mvex=mvex,
        mdat=box(b"mdat") if stbl else None,
    )
    return head + b"".join(fragments)


def restored(data: bytes) -> list[bytes]:
    found = demuxed(data)
    assert found.startswith(CONFIGURATION)
    rest, ndus = found[len(CONFIGURATION) :], []
    while rest:
        size = int.from_bytes(rest[:2])
        ndus.append(rest[:size])
        rest = rest[size:]
    return ndus


A, B, C, D = NDUS


def test_flagged_as_redundant() -> None:
    again = [fragment(time, [D], [2000], REDUNDANT) for time in (2000, 4000)]
    assert restored(file(fragment(0, [A, B, C, D], [1, 1, 1, 1997]), *again)) == NDUS
    assert restored(file(fragment(2, [D, A], None, REDUNDANT), stbl=[C, D])) == [C, D, A]


def test_redundant_but_not_the_same() -> None:
    assert restored(file(fragment(0, [A, B]), fragment(2, [C, D], None, REDUNDANT))) == NDUS


def test_the_same_but_not_repeated() -> None:
    """Two NDUs may have the same bytes."""
    assert restored(file(fragment(0, [A, B]), fragment(2, [B, C]))) == [A, B, B, C]
    assert restored(file(fragment(None, [A, B]), fragment(None, [B, C]))) == [A, B, B, C]
    assert restored(file(fragment(0, [A, B, B]))) == [A, B, B]


def test_decoded_while_the_one_before_lasts() -> None:
    first = fragment(0, [A, B], [1, 3999])
    assert restored(file(first, fragment(1, [B], [3999]), fragment(4000, [C]))) == [A, B, C]
    assert restored(file(first, fragment(2000, [B], [2000]), fragment(4000, [C]))) == [A, B, C]
    assert restored(file(first, fragment(4000, [B], [1]))) == [A, B, B], "it has ended"


def test_within_one_fragment() -> None:
    """MP4Box, with video and network in one representation, flags nothing."""
    twice = fragment(0, [A, B, B], [1, 1, 9998])
    assert restored(file(twice, mehd=9999)) == [A, B], "with it, the movie would last longer"
    assert restored(file(twice, mehd=10000)) == [A, B, B], "without it, too short"
    for told in (None, 0, 12000, 10001):
        with pytest.raises(errors.TrackError, match="may have repeated it"):
            demuxed(file(twice, mehd=told))
    apart = [fragment(0, [A, B]), fragment(2, [B], [9998])]
    assert restored(file(*apart, mehd=9999)) == [A, B]
    assert restored(file(fragment(0, [A, B, C], [1, 1, 9998]))) == [A, B, C]


@pytest.mark.parametrize(("flags", "expected"), [(1, [A, B, C, D]), (2, [A, B, B, C, D])])
def test_made_one_file_again(flags: int, expected: list[bytes]) -> None:
    """`sdtp` says which are redundant: of those, the one with the bytes of the one before goes."""
    samples = [A, B, B, C, D]
    sdtp = full(b"sdtp", 0, 0, u8(0, 0, flags, 1, 0))
    data = movie([network(samples=samples, more=lambda _: sdtp)], moov_first=True)
    assert restored(data) == expected


def one_file(samples: list[bytes], last: int, *ends: int, timescale: int = 1000) -> bytes:
    """A file without fragments, whose last sample is stretched, beside tracks that end then."""
    others = [TrackPlan(number, b"vide", [b"x"]) for number, _ in enumerate(ends, 3)]
    data = movie([network(samples=samples), *others], timescale=timescale)
    stts = table(b"stts", (len(samples), 1))
    stretched = table(b"stts", (len(samples) - 1, 1), (1, last))
    at = data.index(stts)  # moov comes last: nothing moves but what is in it
    data = data[:at] + stretched + data[at + len(stts) :]
    for code in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        place = data.index(code) - 4
        size = int.from_bytes(data[place : place + 4]) + len(stretched) - len(stts)
        data = data[:place] + u32(size) + data[place + 4 :]
    for number, end in enumerate(ends, 3):
        place = data.index(b"tkhd" + bytes([0, 0, 0, 3]) + bytes(8) + u32(number)) + 24
        data = data[:place] + u32(end) + data[place + 4 :]
    return data


@pytest.mark.parametrize(
    ("samples", "last", "ends", "expected"),
    [
        ([A, B, C, D, D], 3997, (4000,), [A, B, C, D]),
        ([A, B, C, D, D], 3997, (4128, 4000, 17), [A, B, C, D]),
        ([A, B, C, D, D], 3996, (4000,), [A, B, C, D, D]),
        ([A, B, C, D, D], 3996, (4128, 4000), [A, B, C, D, D]),
        ([A, B, C, D, D], 3996, (3999, 4000), [A, B, C, D, D]),
        ([A, B, C, D], 3997, (3999,), [A, B, C, D]),
        ([A, B, C, D, D], 1, (4,), [A, B, C, D, D]),
        ([A, B, C, D, D], 3997, (), [A, B, C, D, D]),
        ([A, B, C, D, D], 3997, (0,), [A, B, C, D, D]),
    ],
)
def test_made_one_file_without_flags(
    samples: list[bytes], last: int, ends: tuple[int, ...], expected: list[bytes]
) -> None:
    """It lasts one tick longer than the movie did, of which the other tracks tell the end."""
    assert restored(one_file(samples, last, *ends)) == expected


@pytest.mark.parametrize("ends", [(4128,), (100, 5000), (3999,)])
def test_nothing_tells_the_end_of_the_movie(ends: tuple[int, ...]) -> None:
    with pytest.raises(errors.UnclearRepetitionError, match="may have repeated it"):
        demuxed(one_file([A, B, C, D, D], 3997, *ends))
