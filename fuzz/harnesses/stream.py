"""`FragmentWriter`: units written one by one are restored."""

from __future__ import annotations

import io

from pymp4_nnr import FragmentWriter, demux
from pymp4_nnr.operations.fragment_writer import read_units

from ..checks import EXPECTED, Target

KIND = "bitstream"


def run(data: bytes) -> None:
    written = Target()
    try:
        with FragmentWriter(written, fragment=2) as writer:
            for unit in read_units(io.BytesIO(data)):
                writer.write(unit)
    except EXPECTED:
        return
    restored = Target()
    demux(written.getvalue(), restored)
    assert restored.getvalue() == data
