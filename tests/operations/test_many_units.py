"""Bitstreams of very many units: no object for each, and the same bytes as for few."""

from __future__ import annotations

import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pymp4_nnr.bitstream.ndu_description import Described, Description
from pymp4_nnr.bitstream.tensor_table import TensorTable, TensorTableWriter
from pymp4_nnr.bitstream.unit import NNRUnitType
from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.box_json import box_texts
from pymp4_nnr.boxes.node import Node
from pymp4_nnr.edit.bitstream_index import BitstreamIndex
from pymp4_nnr.edit.new_track import Beside, place_chunks, plan_chunks, track_box
from pymp4_nnr.io.source import open_source
from pymp4_nnr.movie.configuration import read_configuration
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.movie.sample_table import SampleTable, chunk_samples
from pymp4_nnr.operations.dump import boxes
from pymp4_nnr.operations.inspect import FileInfo
from tests.nnr.large_streams import LAYER, PARAMETERS, START, ndu
from tests.round_trip import demuxed, muxed

COUNT = 100_000

STREAMS: dict[str, Callable[[int], bytes]] = {
    "independent": lambda n: ndu(8 + n % 3),
    "every other one dependent": lambda n: ndu(8, independent=bool(n % 2)),
    "a layer before every hundredth": lambda n: (b"" if n % 100 else LAYER) + ndu(7),
}


def stream(name: str, count: int = COUNT) -> bytes:
    return START + PARAMETERS + b"".join(map(STREAMS[name], range(count)))


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_muxed_is_demuxed(name: str) -> None:
    data = stream(name)
    movie = muxed(data)
    assert demuxed(movie) == data
    with Movie(movie) as opened:
        track = opened.track()
        assert len(track.samples) == COUNT
        assert len(track.samples.runs) == 1
        kinds = [(unit.nnr_unit_type, sample) for unit, sample in track.units()]
        assert [sample for _, sample in kinds if sample] == list(range(1, COUNT + 1))
        assert all(kind == 5 for kind, sample in kinds if sample)
        order = list(track.order())
        assert [item for item in order if isinstance(item, int)] == list(range(COUNT))


@contextmanager
def memory(per_unit: int) -> Iterator[None]:
    """Check that a block of code takes at most so many bytes for each of `COUNT` units."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < per_unit * COUNT + 1_000_000


def test_no_object_for_each_configuration_unit() -> None:
    with open_source(START + LAYER * COUNT + ndu(8)) as source, memory(35):
        index = BitstreamIndex(source)
    with memory(35):
        trak = BOX.build(track_box(index, [], beside=Beside()))
    with memory(60):
        parsed = BOX.parse(trak)
        stsd = Node(parsed, "trak").need(b"mdia", b"minf", b"stbl", b"stsd")
        configuration = read_configuration(stsd.children(b"nnr1")[0], "nnr1")
        assert sum(unit.data == LAYER for unit in configuration) == len(configuration) - 1 == COUNT
    with memory(60):
        assert BOX.build(parsed) == trak


def test_configuration_units_are_printed_one_by_one() -> None:
    """As JSON, one took 1500 bytes."""
    count = COUNT // 20
    data = muxed(START + LAYER * count + ndu(8))
    data = data[: data.index(b"mdat") - 4]
    with memory(3):
        places = list(boxes(open_source(data), "moov"))
        assert sum(map(len, box_texts(places[0]))) > 200 * count


def test_no_object_for_each_unit_of_an_index_of_tensors() -> None:
    """A `Part` and its `Unit` would take 380 bytes."""
    unit = bytes((0, 3, NNRUnitType.NNR_NDU << 2))
    with FileInfo(START + (unit + LAYER) * (COUNT // 2)) as file, memory(100):
        index = file.tensors()
        last = index.parts[-1]
        assert (last.sample_number, last.unit_index) == (COUNT // 2, COUNT - 1)
        assert last.unit.data == unit
        assert len(index.decodable([last])) == COUNT


def test_no_object_for_each_form_of_an_index() -> None:
    writer = TensorTableWriter()
    for size in range(COUNT):
        form = Description(1, None, 1, (size, 3), 1)
        writer.add(Described(form, 12, ("w",)), 100)
    columns = writer.columns(array("I", [100]) * COUNT)
    assert columns is not None
    with memory(35):
        table = TensorTable(columns)
    found = [table.form(sample) for sample in (0, 5000, COUNT - 1)]
    assert [one.dimensions for one in found if one] == [(0, 3), (5000, 3), (COUNT - 1, 3)]


def test_no_object_for_each_unit() -> None:
    """An object would take 28 bytes and more, and a pointer to it."""
    data = stream("every other one dependent")
    with open_source(data) as source:
        with memory(25):
            index = BitstreamIndex(source)
        assert index.sync_samples == array("I", range(2, COUNT + 1, 2))
        with memory(35):
            chunks = place_chunks(index, plan_chunks(index), 0, align=False)
            trak = BOX.build(track_box(index, chunks, beside=Beside()))
        with memory(35):
            parsed = BOX.parse(trak)
        stbl = Node(parsed, "trak").need(b"mdia", b"minf", b"stbl")
        with memory(35):
            samples = SampleTable()
            for chunk in chunk_samples(stbl, len(data) + 1000):
                samples.add(*chunk)
        assert samples.sizes == index.sizes
        with memory(40):
            assert BOX.build(parsed) == trak
