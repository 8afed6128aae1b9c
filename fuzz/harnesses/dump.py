"""`dump`: every box as text."""

from __future__ import annotations

import contextlib

from pymp4_nnr.operations.dump import box_lines, dump

from ..checks import EXPECTED

KIND = "movie"


def run(data: bytes) -> None:
    size = 0
    with contextlib.suppress(*EXPECTED):
        for box in dump(data):
            for line in box_lines(box):
                size += len(line)
                assert size < 16 << 20, "too much is printed"
