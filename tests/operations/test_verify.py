"""`verify`: the first difference, by byte and unit."""

from __future__ import annotations

import itertools

import pytest

from pymp4_nnr import verify
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START, TOPOLOGY
from tests.round_trip import muxed


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
