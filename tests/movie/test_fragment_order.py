"""Segments that are given in another order, and fragments that contradict each other."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from pymp4_nnr import append, errors, mux_segments
from tests.mp4.boxes import box, full, u32
from tests.mp4.networks import network
from tests.mp4.write import movie, trex
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START
from tests.round_trip import demuxed, removed

A, B, C, D = NDUS
HEAD = movie([network(samples=[])], moov_first=True, mvex=box(b"mvex", trex(2)), mdat=None)


def fragment(number: int, time: int | None, samples: list[bytes], duration: int = 1) -> bytes:
    tfhd = full(b"tfhd", 0, 0x20008, u32(2, duration))
    tfdt = b"" if time is None else full(b"tfdt", 0, 0, u32(time))

    def moof(offset: int) -> bytes:
        trun = full(b"trun", 0, 0x201, u32(len(samples), offset), u32(*map(len, samples)))
        return box(b"moof", full(b"mfhd", 0, 0, u32(number)), box(b"traf", tfhd, tfdt, trun))

    return moof(len(moof(0)) + 8) + box(b"mdat", *samples)


def restored(*fragments: bytes) -> bytes:
    found = demuxed(HEAD + b"".join(fragments))
    assert found.startswith(START + PARAMETERS)
    return found[len(START + PARAMETERS) :]


def test_every_order_of_segments(tmp_path: Path) -> None:
    """As a shell gives them that sorts 10 before 2."""
    init, *media = mux_segments(MIXED, tmp_path / "segments", fragment=1)
    assert len(media) == 4
    for order in itertools.permutations(media):
        assert demuxed([init, *order]) == MIXED
        assert demuxed(b"".join(path.read_bytes() for path in (init, *order))) == MIXED


def test_one_that_is_given_twice(tmp_path: Path) -> None:
    init, *media = mux_segments(SIMPLE, tmp_path / "segments", fragment=2)
    for files in ([*media, media[0]], [media[0], *media], [media[1], *media]):
        with pytest.raises(errors.FragmentOrderError, match="out of order, or one is there twice"):
            demuxed([init, *files])


def test_numbers_and_times_disagree() -> None:
    one, two = fragment(1, 0, [A, B]), fragment(2, 2, [C])
    assert restored(one, two) == restored(two, one) == A + B + C
    for wrong in (
        [fragment(2, 2, [C]), fragment(3, 0, [A, B])],
        [fragment(2, 2, [C]), fragment(2, 0, [A, B])],
        [fragment(1, 0, [A, B]), fragment(2, 0, [C])],
        [fragment(2, 0, [A, B]), fragment(1, 0, [C])],
        [fragment(2, 5, [A, B]), fragment(1, None, [D]), fragment(3, 1, [C])],
    ):
        with pytest.raises(errors.FragmentOrderError, match="out of order") as caught:
            restored(*wrong)
        assert caught.value.offset is not None


def test_what_is_in_order() -> None:
    assert restored(fragment(1, 0, [A]), fragment(2, 100, [B])) == A + B, "a gap is no fault"
    assert restored(fragment(1, 0, [A, B]), fragment(2, 1, [C])) == A + B + C, "times are rounded"
    assert restored(fragment(9, 0, [A]), fragment(1, 1, [B])) == A + B, "numbers alone say nothing"
    assert restored(fragment(1, None, [A]), fragment(1, None, [B])) == A + B
    zero = [fragment(1, 0, [A, B], 0), fragment(2, 0, [C], 0), fragment(3, 0, [D], 0)]
    assert restored(*zero) == A + B + C + D
    assert restored(fragment(1, 5, [A]), fragment(2, 0, []), fragment(3, 6, [B])) == A + B


def test_a_round_follows_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "file.mp4"
    parts = [fragment(2, 2, [C, D]), fragment(1, 0, [A, B])]
    path.write_bytes(HEAD + b"".join(parts))
    append(path, SIMPLE)
    append(path, MIXED)
    assert demuxed(path) == START + PARAMETERS + A + B + C + D + SIMPLE + MIXED
    assert removed(HEAD + b"".join(parts))


@pytest.mark.parametrize("cut", [1, 2])
def test_units_that_follow_what_is_missing(cut: int, tmp_path: Path) -> None:
    """With `sample_position`, fragments that are left away are found out."""
    init, *media = mux_segments(MIXED, tmp_path / "segments", fragment=1)
    with pytest.raises(errors.TrackError, match="sample_position"):
        demuxed([init, *media[:-cut]])
