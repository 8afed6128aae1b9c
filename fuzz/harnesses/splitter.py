"""`split`: the units found lie next to each other, and are all the bytes."""

from __future__ import annotations

from pymp4_nnr import split
from pymp4_nnr.errors import BitstreamError

KIND = "bitstream"


def run(data: bytes) -> None:
    end = 0
    try:
        for index, unit in enumerate(split(data)):
            assert (unit.index, unit.offset) == (index, end)
            assert unit.data == data[end : end + unit.size]
            end += unit.size
    except BitstreamError:
        return
    assert end == len(data)
