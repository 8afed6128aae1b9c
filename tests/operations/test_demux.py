"""Bitstreams muxed and demuxed: every byte is there again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from pymp4_nnr import demux, errors, mux, verify
from tests.mp4.nnr_track import restored
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START, STREAMS
from tests.round_trip import demuxed, muxed


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
