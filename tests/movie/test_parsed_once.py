"""Each box of a file is parsed at most once for an operation, however many fragments there are."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import pymp4_nnr
import pymp4_nnr.operations.mux as operations_mux
from pymp4_nnr.boxes.box import BoxFamily
from pymp4_nnr.boxes.header import BoxHeader, walk_boxes
from pymp4_nnr.io.source import open_source
from tests.mp4.boxes import box
from tests.mp4.write import FTYP, TrackPlan, moof_box, movie, nnr1, trex
from tests.nnr.streams import NDUS, PARAMETERS, SIMPLE, START
from tests.round_trip import tensor_index

FRAGMENTS = 30
VIDEO, NETWORK = 1, 2


def fragmented(base: str) -> bytes:
    """Video and a network in fragments; the network has a unit in each."""
    plans = [
        TrackPlan(VIDEO, b"vide", [], 1),
        TrackPlan(NETWORK, b"meta", [], 1, [nnr1(START, PARAMETERS)]),
    ]
    mvex = box(b"mvex", trex(VIDEO), trex(NETWORK))
    data = movie(plans, ftyp=b"", mdat=None, mvex=mvex)
    data = FTYP + data
    for number in range(FRAGMENTS):
        tracks = {VIDEO: [b"a frame", b"another"], NETWORK: [NDUS[number % len(NDUS)]]}
        data += moof_box(number + 1, tracks, len(data), base)
        data += box(b"mdat", *(sample for samples in tracks.values() for sample in samples))
    return data


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often the box at each offset is parsed."""
    counts: Counter[int] = Counter()
    parse = BoxFamily.parse_body

    def counting(self: BoxFamily, header: BoxHeader, *arguments: Any) -> Any:
        counts[header.offset] += 1
        return parse(self, header, *arguments)

    monkeypatch.setattr(BoxFamily, "parse_body", counting)
    # What mux looks at in the end is the new file, whose boxes lie where others lay.
    monkeypatch.setattr(operations_mux, "check_tracks", lambda *_, **__: None)
    return counts


OPERATIONS: dict[str, Callable[[bytes], object]] = {
    "mux": lambda data: pymp4_nnr.mux(SIMPLE, io.BytesIO(), into=data),
    "remove": lambda data: pymp4_nnr.remove(data, io.BytesIO()),
    "demux": lambda data: pymp4_nnr.demux(data, io.BytesIO()),
    "verify": lambda data: pymp4_nnr.verify(data, SIMPLE),
    "tensors": tensor_index,
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("base", ["moof", "neither", "explicit", "zero"])
def test_no_box_is_parsed_twice(base: str, operation: str, parsed: Counter[int]) -> None:
    data = fragmented(base)
    OPERATIONS[operation](data)
    headers = list(walk_boxes(open_source(data)))
    assert [header.type for header in headers].count(b"moof") == FRAGMENTS
    moov = next(header for header in headers if header.type == b"moov")
    assert any(moov.offset <= offset < moov.end for offset in parsed)
    read = [header for header in headers if header.type == b"moof"]
    for header in read:  # in every fragment something was read
        assert any(header.offset < offset < header.end for offset in parsed)
    twice = {offset: count for offset, count in parsed.items() if count > 1}
    assert not twice
