"""Sample tables, configurations and fragments with faults."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from pymp4_nnr import errors, verify
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.inspect import FileInfo
from tests.movie.fragments import BASES, segments, start_of
from tests.mp4.boxes import full, u8, u16, u32
from tests.mp4.networks import FRAMES, network
from tests.mp4.write import FTYP, TrackPlan, movie, nnr1
from tests.nnr.streams import NDUS, SIMPLE, START
from tests.round_trip import demuxed


def table_fault(change: Callable[[bytes], bytes]) -> bytes:
    return change(movie([network()], moov_first=True))


def put(kind: bytes, at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Bytes of the body of the last box of a type."""

    def change(data: bytes) -> bytes:
        place = data.rindex(kind) + 4 + at
        return data[:place] + value + data[place + len(value) :]

    return change


FAULTS: dict[str, tuple[Callable[[bytes], bytes], type[errors.NNRError]]] = {
    "chunk outside": (put(b"stco", 8, u32(1 << 30)), errors.SampleTableError),
    "sizes past the end": (put(b"stsz", 12 + 8, u32(1 << 30)), errors.SampleTableError),
    "first chunk 0": (put(b"stsc", 8, u32(0)), errors.SampleTableError),
    "too many in chunks": (put(b"stsc", 12, u32(2)), errors.SampleTableError),
    "description 0": (put(b"stsc", 16, u32(0)), errors.SampleTableError),
    "no size table": (put(b"stsz", -4, b"zzzz"), errors.SampleTableError),
    "no chunk offsets": (put(b"stco", -4, b"zzzz"), errors.SampleTableError),
    "counts beyond the box": (put(b"stsz", 8, u32(1 << 31)), errors.SampleTableError),
    "equal sizes beyond the file": (put(b"stsz", 4, u32(9, 1 << 31)), errors.SampleTableError),
    "position behind the samples": (
        lambda data: movie([network(entries=[nnr1(u32(5), START, positions=True)])]),
        errors.TrackError,
    ),
    "no configuration": (put(b"nnrC", -4, b"zzzz"), errors.TrackError),
    "two configurations": (
        lambda data: movie([network(entries=[nnr1(START, more=full(b"nnrC", 0, 0, START))])]),
        errors.TrackError,
    ),
    "configuration of a newer version": (put(b"nnrC", 0, u8(1)), errors.TrackError),
    "half a unit in the configuration": (put(b"nnrC", 4, u16(5000)), errors.TrackError),
    "no track": (put(b"nnr1", 0, b"zzz1"), errors.TrackError),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_tables(fault: str) -> None:
    change, kind = FAULTS[fault]
    if fault == "no track":
        change = put(b"nnr1", -4, b"zzz1")
    data = table_fault(change)
    with pytest.raises(kind):
        demuxed(data)
    with pytest.raises(kind):
        verify(data, SIMPLE)


def test_samples_that_are_no_units() -> None:
    """Restoring copies bytes and does not look into them; whoever looks is told."""
    data = table_fault(lambda data: data.replace(NDUS[1], u16(9999) + NDUS[1][2:]))
    assert verify(data, SIMPLE) is not None
    with FileInfo(data) as info, pytest.raises(errors.NNRError):
        list(info.units(info.tracks[0]))


@pytest.mark.parametrize("seed", range(40))
def test_random_faults(seed: int) -> None:
    """Whatever the fault: the bitstream, another one, or an error of the project."""
    draw = random.Random(seed)
    head = start_of(samples=NDUS[:2])
    files = [
        movie([TrackPlan(1, b"vide", FRAMES, 2), network(per_chunk=2)], moov_first=True),
        head + b"".join(segments(len(head), draw.choice(BASES), ndus=NDUS[2:])),
    ]
    for data in files:
        for _ in range(10):
            broken = bytearray(data)
            for _ in range(draw.randint(1, 4)):
                place = draw.randrange(len(FTYP), len(broken))
                broken[place] = draw.choice([0, 1, 0xFF, 0x80, draw.randrange(256)])
            try:
                demuxed(bytes(broken), 2)
                with FileInfo(bytes(broken)) as info:
                    for track in info.tracks:
                        list(info.units(track))
            except errors.NNRError:
                pass


def test_open_movies_tell_their_tracks() -> None:
    with Movie(movie([network(name=b"a name\0"), TrackPlan(9, b"vide", FRAMES)])) as opened:
        (track,) = opened.tracks
        assert (track.track_id, track.name, len(track.samples)) == (2, "a name", 4)
