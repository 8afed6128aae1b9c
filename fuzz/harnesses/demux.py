"""`demux`: what is restored is a bitstream; stored and restored again, it is the same."""

from __future__ import annotations

from pymp4_nnr import NNRError, demux, mux, split, verify

from ..checks import EXPECTED, Target

KIND = "movie"


def run(data: bytes) -> None:
    target = Target()
    try:
        size = demux(data, target)
    except EXPECTED:
        return
    restored = target.getvalue()
    assert size == len(restored)
    assert verify(data, restored) is None
    if not restored:
        return
    assert b"".join(unit.data for unit in split(restored)) == restored
    again, stored = Target(), Target()
    try:
        mux(restored, stored)
    except NNRError as error:
        raise AssertionError(f"what demux wrote cannot be stored: {error}") from error
    demux(stored.getvalue(), again)
    assert again.getvalue() == restored
