"""Videos in movie fragments."""

from __future__ import annotations

from tests.mp4.boxes import box
from tests.mp4.write import TrackPlan, moof_box, movie, trex


def video_from(first: int, count: int = 2, before: bytes = b"", base: str = "moof") -> bytes:
    """A video of fragments that are numbered from `first` on; `base` is that of `moof_box`."""
    head = movie(
        [TrackPlan(1, b"vide", [])], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None
    )
    for number in range(first, first + count):
        head += before
        sample = b"video %d" % number
        head += moof_box(number, {1: [sample]}, len(head), base) + box(b"mdat", sample)
    return head
