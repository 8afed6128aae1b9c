"""`remove`: the track is gone, and the samples of the others are as they were."""

from __future__ import annotations

from pymp4_nnr import remove
from pymp4_nnr.movie.movie import Movie

from ..checks import EXPECTED, Target, other_samples

KIND = "movie"


def run(data: bytes) -> None:
    target = Target()
    try:
        with Movie(data) as movie:
            track_id = movie.track().track_id
        remove(data, target)
    except EXPECTED:
        return
    before, after = other_samples(data), other_samples(target.getvalue())
    if before is None:
        return
    del before[track_id]
    if before:  # without another track an image may be left, with items that were not read before
        assert after == before
