"""`mux --into`: the network is restored, whatever the file was; other samples stay as they are.

What was added and is removed leaves the samples as they were, too.
"""

from __future__ import annotations

from pymp4_nnr import NNRError, demux, mux, remove
from pymp4_nnr.errors import OutputDiffersError
from tests.nnr.streams import MIXED

from ..checks import EXPECTED, Target, other_samples

KIND = "movie"


def run(data: bytes, *, fragment: int | None = None) -> None:
    target = Target()
    try:
        mux(MIXED, target, into=data, fragment=fragment)
    except OutputDiffersError:
        raise
    except EXPECTED:
        return
    made = target.getvalue()
    before, after = other_samples(data), other_samples(made)
    if before is None:
        return
    assert after is not None, "samples are broken by adding a network"
    added = set(after) - set(before)
    assert len(added) == 1, "one track is added"
    assert {key: after[key] for key in before} == before, "samples of other tracks have changed"
    restored = Target()
    demux(made, restored, track_id=added.pop() if len(after) > 1 else None)
    assert restored.getvalue() == MIXED
    removed = Target()
    try:
        remove(made, removed, track_id=(set(after) - set(before)).pop())
    except NNRError as error:
        raise AssertionError(f"what was added cannot be removed: {error}") from error
    assert other_samples(removed.getvalue()) == before
