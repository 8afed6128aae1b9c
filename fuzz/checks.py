"""What the harnesses share: limits of outputs, and the samples of other tracks."""

from __future__ import annotations

import io

from pymp4_nnr import NNRError
from pymp4_nnr.movie.movie import Movie

EXPECTED = (NNRError, OSError)
"""What the package may raise."""

_LARGEST_OUTPUT = 32 << 20


class Target(io.BytesIO):
    """A file in memory that is far too small for what no input of a harness can explain."""

    def write(self, data: object, /) -> int:
        assert self.tell() + len(memoryview(data)) < _LARGEST_OUTPUT, "too much is written"  # type: ignore[arg-type]
        return super().write(data)  # type: ignore[arg-type]


def other_samples(data: bytes) -> dict[int, tuple[int, bytes]] | None:
    """Number and bytes of the samples of all tracks, by track_ID; None where some are broken."""
    try:
        with Movie(data, image=True) as movie:
            found = {}
            for track in movie.all_tracks:
                samples = movie.samples(track)
                places = list(samples.ranges(0, len(samples)))
                if sum(place.size for place in places) > _LARGEST_OUTPUT:
                    return None
                pieces = (data[place.offset : place.end] for place in places)
                found[track.track_id] = len(samples), b"".join(pieces)
            return found
    except EXPECTED:
        return None
