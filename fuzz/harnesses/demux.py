"""`demux`: a bitstream that is restored, stored and restored again is the same."""

from __future__ import annotations

from pymp4_nnr import NNRError, demux, mux, split, verify

from ..checks import EXPECTED, Target

KIND = "movie"


def is_bitstream(data: bytes) -> bool:
    """Whether the samples were what they should be: `demux` copies them without looking."""
    try:
        return b"".join(unit.data for unit in split(data)) == data != b""
    except NNRError:
        return False


def run(data: bytes) -> None:
    target = Target()
    try:
        size = demux(data, target)
    except EXPECTED:
        return
    restored = target.getvalue()
    assert size == len(restored)
    assert verify(data, restored) is None
    if not is_bitstream(restored):
        return
    again, stored = Target(), Target()
    try:
        mux(restored, stored)
    except NNRError as error:
        raise AssertionError(f"what demux wrote cannot be stored: {error}") from error
    demux(stored.getvalue(), again)
    assert again.getvalue() == restored
