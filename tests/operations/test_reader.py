"""`open`: a file for programs."""

from __future__ import annotations

import asyncio
import io
import pickle
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr.errors import (
    BitstreamError,
    FileFormatError,
    MediaError,
    TensorNotFoundError,
    TrackError,
)
from pymp4_nnr.operations.extract import extract
from tests.nnr.streams import FOLDER, MIXED
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.paths import ROOT
from tests.recording import RecordingFile
from tests.round_trip import muxed, tensor_index

FIXTURE_MP4 = ROOT / "fixtures" / "mp4"
FIXTURES = sorted(FOLDER.glob("*.nnr"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
@pytest.mark.parametrize("kind", ["nnr", "mp4", "mp4 without index"])
def test_what_is_told_lies_there(path: Path, kind: str) -> None:
    data = path.read_bytes()
    source = data if kind == "nnr" else muxed(data, tensor_index=kind == "mp4")
    expected = tensor_index(data)
    with pymp4_nnr.open(source) as file:
        assert file.format == kind[:3]
        [net] = file.networks
        assert b"".join(unit.data for unit in net.units) == data
        ndus = [part.unit.read() for part in expected.parts]
        assert [sample.data for sample in net.samples] == ndus
        assert list(net.tensors) == list(expected.tensors)
        for name, parts in expected.tensors.items():
            tensor = net.tensors[name]
            assert tensor.sample_numbers == tuple(part.sample_number for part in parts)
            sizes = [part.dimensions for part in parts if part.dimensions is not None]
            assert tensor.dimensions == (sizes[0] if sizes else None)
            there = b"".join(source[at : at + size] for at, size in tensor.byte_ranges)
            assert there == b"".join(part.unit.read() for part in parts)
            assert tensor.size == len(there)


def test_networks_are_found_by_name_track_id_and_position() -> None:
    movie = muxed([LENET, MIXED], name=["sharper", "louder"])
    with pymp4_nnr.open(movie) as file:
        assert len(file.networks) == 2
        assert [net.name for net in file.networks] == ["sharper", "louder"]
        sharper, louder = file.networks
        assert file.networks["sharper"] is file.networks[1] is file.networks[0] is sharper
        assert file.networks["louder"] is file.networks[2] is file.networks[-1] is louder
        assert "sharper" in file.networks
        assert 2 in file.networks
        assert "softer" not in file.networks
        with pytest.raises(TrackError, match=r"no network is named 'softer'.*1 \(sharper\)"):
            file.networks["softer"]
        with pytest.raises(TrackError):
            file.networks[5]
    with (
        pymp4_nnr.open(muxed([LENET, MIXED], name="same")) as file,
        pytest.raises(TrackError, match="several networks"),
    ):
        file.networks["same"]


def test_tensors_are_a_mapping() -> None:
    with pymp4_nnr.open(muxed(LENET)) as file:
        tensors = file.networks[0].tensors
        assert isinstance(tensors, Mapping)
        assert "fc1.weight" in tensors
        assert tensors.get("none") is None
        assert list(tensors.keys()) == list(tensors) == [tensor.name for tensor in tensors.values()]
        with pytest.raises(TensorNotFoundError, match="'none'"):
            tensors["none"]
        with pytest.raises(KeyError):
            tensors["none"]


def test_samples_are_read_when_asked_for() -> None:
    stream = EDITION_2 + b"".join(named_ndu(name, bytes(9000)) for name in ("a", "b", "c"))
    recording = RecordingFile(muxed(stream))
    with pymp4_nnr.open(recording.as_file) as file:
        net = file.networks[0]
        before = recording.count
        assert net.samples[1].byte_range == net.tensors["b"].byte_ranges[0]
        assert recording.count == before
        assert net.samples[-2].data == named_ndu("b", bytes(9000))
        assert recording.count - before == net.samples[1].byte_range.size
        with pytest.raises(IndexError):
            net.samples[3]


def test_extracting() -> None:
    for decodable in (False, True):
        one, other = io.BytesIO(), io.BytesIO()
        with pymp4_nnr.open(muxed(LENET)) as file:
            net = file.networks[0]
            done = net.extract(["fc1.weight", "conv1.bias"], one, decodable=decodable)
        chosen = ["fc1.weight", "conv1.bias"]
        expected = extract(LENET, other, tensors=chosen, decodable=decodable)
        assert done == expected
        assert one.getvalue() == other.getvalue()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_what_decodes_a_tensor_can_be_fetched_by_its_ranges(path: Path) -> None:
    movie = muxed(path)
    with pymp4_nnr.open(movie) as file:
        [net] = file.networks
        for name in list(net.tensors)[:5]:
            target = io.BytesIO()
            net.extract([name], target, decodable=True)
            ranges = net.decodable_ranges([name])
            assert b"".join(movie[at : at + size] for at, size in ranges) == target.getvalue()
            assert all(one.end != other.offset for one, other in pairwise(ranges))
        with pytest.raises(TensorNotFoundError):
            net.decodable_ranges(["no such tensor"])


def test_what_else_is_in_a_file() -> None:
    movie = muxed(LENET, into=FIXTURE_MP4 / "h264_aac.mp4", name="sharper")
    with pymp4_nnr.open(movie) as file:
        shown = [(track.track_id, track.handler_type, track.sample_entry) for track in file.tracks]
        assert shown == [(1, "vide", "avc1"), (2, "soun", "mp4a"), (3, "meta", "nnr1")]
        assert file.tracks[2].name == "sharper"
        assert file.tracks[0].duration and file.tracks[0].timescale
        assert file.items == ()
        [net] = file.networks
        assert (net.track_id, net.name) == (3, "sharper")
        assert net.timescale == file.tracks[2].timescale
        assert net.duration == file.tracks[2].duration > 0
        assert [part.unit.data for part in net.parts] == [sample.data for sample in net.samples]
        parsed = list(pymp4_nnr.parse(net.units))
        assert [unit.header for unit in parsed] == [u.header for u in pymp4_nnr.parse(LENET)]
    with pymp4_nnr.open(LENET) as file:
        assert file.tracks == file.items == ()
        [net] = file.networks
        assert net.track_id is net.timescale is net.duration is None
        assert net.rounds == (pymp4_nnr.Round(1, range(10), None),)


def test_rounds(tmp_path: Path) -> None:
    path = tmp_path / "rounds.mp4"
    pymp4_nnr.mux(LENET, path, appendable=True, at=5)
    pymp4_nnr.append(path, MIXED, at=1e9)
    with pymp4_nnr.open(path) as file:
        first, second = file.networks[0].rounds
        assert (first.number, first.samples, first.time) == (1, range(10), 5)
        assert (second.number, second.samples.start, second.time) == (2, 10, 1e9)
        assert second.samples.stop == len(file.networks[0].samples)


def test_segments_are_one_file(tmp_path: Path) -> None:
    movie = muxed(LENET)
    at = movie.index(b"mdat") - 4
    with pymp4_nnr.open([movie[:at], movie[at:]]) as file:
        assert len(file.networks[0].tensors) == 10
        assert file.segments == ((0, at), (at, len(movie) - at))
        place = file.networks[0].tensors["fc1.weight"].byte_ranges[0]
        start = place.offset - file.segments[1].offset
        assert file.networks[0].samples[4].data == movie[at:][start : start + place.size]


def test_closing(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    pymp4_nnr.mux(LENET, path)
    file = pymp4_nnr.open(path)
    sample = file.networks[0].samples[0]
    file.close()
    file.close()
    with pytest.raises(MediaError, match="closed"):
        _ = sample.data
    own = io.BytesIO(path.read_bytes())
    with pymp4_nnr.open(own):
        pass
    assert not own.closed


def test_a_file_that_is_none() -> None:
    """What is no MP4 file is taken for a bitstream, which is read when it is looked at."""
    with (
        pymp4_nnr.open(b"neither this nor that") as file,
        pytest.raises(BitstreamError),
    ):
        list(file.networks[0].units)
    with pytest.raises(FileFormatError):
        pymp4_nnr.open(muxed(LENET)[:100])


def test_eight_threads_and_asyncio(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    names = [f"layer{number}" for number in range(64)]
    ndus = {name: named_ndu(name, name.encode() * 50) for name in names}
    pymp4_nnr.mux(EDITION_2 + b"".join(ndus.values()), path)
    with pymp4_nnr.open(path) as file:

        def read(name: str) -> bytes:
            net = file.networks[0]
            [number] = net.tensors[name].sample_numbers
            target = io.BytesIO()
            net.extract([name], target)
            assert target.getvalue() == net.samples[number - 1].data
            return target.getvalue()

        with ThreadPoolExecutor(8) as pool:
            assert dict(zip(names * 3, pool.map(read, names * 3), strict=True)) == ndus

        async def all_of_them() -> list[bytes]:
            return await asyncio.gather(*(asyncio.to_thread(read, name) for name in names))

        assert asyncio.run(all_of_them()) == list(ndus.values())


def test_plain_data_can_be_pickled() -> None:
    with pymp4_nnr.open(muxed(LENET)) as file:
        tensors = list(file.networks[0].tensors.values())
    assert pickle.loads(pickle.dumps(tensors)) == tensors


def test_units_and_samples_are_pickled_with_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    pymp4_nnr.mux(LENET, path)
    with pymp4_nnr.open(path) as file:
        [net] = file.networks
        found = [*net.units, *net.samples, *(part.unit for part in net.parts)]
        data = [one.data for one in found]
        sent = pickle.dumps(found)
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(file)
    assert [one.data for one in pickle.loads(sent)] == data
    [*units] = pymp4_nnr.stream(path)
    assert [unit.data for unit in pickle.loads(pickle.dumps(units))] == [u.data for u in units]


def test_what_objects_say_of_themselves() -> None:
    stream = EDITION_2 + named_ndu("<script>\n", b"abc")
    with pymp4_nnr.open(muxed(stream, name="a <net>")) as file:
        [net] = file.networks
        assert repr(file).startswith("<NetworkFile (mp4) of ")
        assert repr(file.networks) == "<Networks: 'a <net>'>"
        assert repr(net) == "<Network 'a <net>' in track 1: 1 samples>"
        assert repr(net.tensors) == "<Tensors: 1: '<script>\\n'>"
        assert repr(net.samples) == f"<Samples: 1, {len(named_ndu('<script>', b'abcd'))} bytes>"
        assert repr(net.samples[0]).startswith("<Sample 1: ")
        assert "<td>a &lt;net&gt;</td>" in file._repr_html_()
        assert "<td>&lt;script&gt;\\n</td><td>5</td>" in net._repr_html_()
