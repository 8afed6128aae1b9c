"""`mux` of a bitstream: it is restored, also from fragments; `extract` gives whole units."""

from __future__ import annotations

from pymp4_nnr import demux, mux
from pymp4_nnr.errors import OutputDiffersError

from ..checks import EXPECTED, Target

KIND = "bitstream"


def run(data: bytes) -> None:
    for fragment in (None, 2):
        target = Target()
        try:
            mux(data, target, fragment=fragment)
        except OutputDiffersError:
            raise
        except EXPECTED:
            return
        restored = Target()
        demux(target.getvalue(), restored)
        assert restored.getvalue() == data
