"""An initialization segment and fragments with a network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from tests.mp4.boxes import box, full, u16, u32
from tests.mp4.networks import FRAMES, SOUNDS, network
from tests.mp4.write import TrackPlan, moof_box, movie, trex
from tests.nnr.streams import NDUS


def start_of(*, extends: bytes | None = None, samples: Sequence[bytes] = ()) -> bytes:
    """An initialization segment of a video (1), a network (2) and a sound track (3)."""
    plans = [TrackPlan(1, b"vide", []), network(samples=samples), TrackPlan(3, b"soun", [])]
    mvex = box(b"mvex", trex(1), trex(2) if extends is None else extends, trex(3))
    return movie(plans, moov_first=True, mvex=mvex, mdat=box(b"mdat") if samples else None)


def segments(
    start: int,
    base: str = "moof",
    order: Sequence[int] = (1, 2, 3),
    *,
    ndus: Sequence[bytes] = NDUS,
    before: bytes = b"",
) -> list[bytes]:
    """Two fragments with half of the network in each, where each file begins at `start`."""
    half = len(ndus) // 2
    parts = [
        {1: FRAMES[:2], 2: list(ndus[:half]), 3: SOUNDS[:1]},
        {1: FRAMES[2:], 2: list(ndus[half:]), 3: SOUNDS[1:]},
    ]
    found = []
    for sequence, part in enumerate(parts, 1):
        tracks = {number: part[number] for number in order}
        at = start + len(before)
        moof = moof_box(sequence, tracks, at, base)
        samples = itertools.chain.from_iterable(tracks.values())
        found.append(before + moof + box(b"mdat", *samples))
        start += len(found[-1]) if start else 0
    return found


BASES = ["moof", "neither", "explicit", "zero", "mdat"]
SEGMENT_TYPE = box(b"styp", b"msdh", u32(0), b"msdh") + full(
    b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 0)
)
