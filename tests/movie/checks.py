"""What is asserted of a movie with one network."""

from __future__ import annotations

import io

from pymp4_nnr import verify
from pymp4_nnr.operations.extract import extract
from pymp4_nnr.operations.inspect import FileInfo
from tests.nnr.streams import NDUS, SIMPLE
from tests.round_trip import demuxed


def check(data: bytes | list[bytes], wanted: bytes = SIMPLE, ndus: list[bytes] = NDUS) -> None:
    """Every way of reading gives the bitstream."""
    assert demuxed(data) == wanted
    assert verify(data, wanted) is None
    with FileInfo(data) as info:
        (track,) = info.tracks
        found = list(info.units(track))
        assert sum(one.unit.size for one in found) == len(wanted)
        assert [one.sample for one in found if one.sample] == list(range(1, len(ndus) + 1))
    for number, ndu in enumerate(ndus, 1):
        target = io.BytesIO()
        extract(data, target, samples=[number])
        assert target.getvalue() == ndu
