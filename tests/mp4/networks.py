"""A network among other tracks, as another muxer may write it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.nnr.streams import NDUS, PARAMETERS, START

from .write import TrackPlan, movie, nnr1

ENTRY = nnr1(START, PARAMETERS)
"""The sample entry of the bitstream `SIMPLE`."""

FRAMES = [b"frame %d" % number * (number + 1) for number in range(5)]
SOUNDS = [b"sound %d" % number for number in range(3)]


def network(number: int = 2, per_chunk: int | Sequence[int] = 1, **fields: Any) -> TrackPlan:
    """A track with the bitstream `SIMPLE`, with other fields of the plan if given."""
    plan = TrackPlan(number, b"meta", NDUS, per_chunk, [ENTRY])
    for name, value in fields.items():
        setattr(plan, name, value)
    return plan


def video_and_sound(**changes: Any) -> bytes:
    """A file with a video and a sound track, `moov` last; `changes` are arguments of `movie`."""
    video = TrackPlan(1, b"vide", [b"frame one", b"frame 2", b"f3"], per_chunk=2)
    sound = TrackPlan(2, b"soun", [b"sound 1", b"sound two"], per_chunk=1)
    return movie([video, sound], **changes)
