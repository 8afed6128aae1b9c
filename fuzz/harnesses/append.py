"""`append`: what was there is restored as before, and then the new round."""

from __future__ import annotations

from pymp4_nnr import demux
from tests.nnr.streams import SIMPLE

from ..checks import EXPECTED, Target
from ..corpus import appended

KIND = "movie"


def run(data: bytes) -> None:
    before: bytes | None = None
    target = Target()
    try:
        demux(data, target)
        before = target.getvalue()
        made = appended(data, SIMPLE)
    except EXPECTED:
        return
    target = Target()
    demux(made, target)
    assert target.getvalue() == before + SIMPLE
