"""`extract()`: some NDUs of a network as a bitstream of their own."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pymp4_nnr
from pymp4_nnr import Extracted
from pymp4_nnr.errors import (
    BitstreamError,
    OutputError,
    SampleSizeError,
    TensorNotFoundError,
    TrackError,
)
from pymp4_nnr.operations.extract import extract
from tests.nnr.strategies import MadeUnit, bitstreams
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.paths import FIXTURES
from tests.recording import RecordingFile
from tests.round_trip import muxed, tensor_index

INTERLEAVED = FOLDER / "interleaved.nnr"


def extracted(source: Any, **options: Any) -> bytes:
    target = io.BytesIO()
    written = extract(source, target, **options)
    data = target.getvalue()
    units = list(pymp4_nnr.split(data)) if data else []
    ndus = sum(unit.is_ndu for unit in units)
    starts = sum(unit.nnr_unit_type == 0 for unit in units)
    assert written == Extracted(len(data), ndus, len(units) - ndus, starts)
    return data


@pytest.fixture(params=["nnr", "mp4"])
def lenet(request: pytest.FixtureRequest) -> bytes:
    data = LENET.read_bytes()
    return data if request.param == "nnr" else muxed(data)


UNITS = [unit.data for unit in pymp4_nnr.split(LENET)]


def test_ndus_in_the_order_of_the_bitstream(lenet: bytes) -> None:
    assert extracted(lenet, samples=[3]) == UNITS[5]
    assert extracted(lenet, samples=[9, 2, 9]) == UNITS[4] + UNITS[11]
    assert extracted(lenet, tensors=["fc1.weight"]) == UNITS[7]
    assert extracted(lenet, tensors=["fc1.weight", "conv1.weight"], samples=[2]) == (
        UNITS[3] + UNITS[4] + UNITS[7]
    )


def test_decodable_brings_the_configuration(lenet: bytes) -> None:
    configuration = b"".join(UNITS[:3])
    assert extracted(lenet, samples=[3], decodable=True) == configuration + UNITS[5]
    assert extracted(lenet, tensors=["fc3.bias"], decodable=True) == configuration + UNITS[12]


@pytest.mark.parametrize("make", [bytes, muxed], ids=["nnr", "mp4"])
def test_configuration_between_ndus(make: Any) -> None:
    source = make(INTERLEAVED.read_bytes())
    units = [unit.data for unit in pymp4_nnr.split(INTERLEAVED)]
    found = extracted(source, tensors=["second.weight"], decodable=True)
    assert found == b"".join(units[i] for i in (0, 1, 2, 4, 5))
    found = extracted(source, samples=[4], decodable=True)
    assert found == b"".join(units[i] for i in (9, 10, 11))


def test_an_initialization_segment_and_a_segment() -> None:
    movie = muxed(LENET.read_bytes())
    place = movie.index(b"mdat") - 4
    assert extracted([movie[:place], movie[place:]], tensors=["fc2.bias"]) == UNITS[10]


@given(bitstreams(), st.data())
def test_any_sample_of_any_bitstream(made: list[MadeUnit], data: st.DataObject) -> None:
    stream = b"".join(unit.data for unit in made)
    ndus = [unit.data for unit in made if unit.nnr_unit_type == 5]
    if not ndus:
        return
    numbers = data.draw(st.lists(st.integers(1, len(ndus)), min_size=1))
    wanted = b"".join(ndus[number - 1] for number in sorted(set(numbers)))
    movie = muxed(stream)
    assert extracted(stream, samples=numbers) == extracted(movie, samples=numbers) == wanted
    decodable = extracted(stream, samples=numbers, decodable=True)
    assert decodable == extracted(movie, samples=numbers, decodable=True)


def test_of_a_large_file_little_more_than_the_tensor_is_read() -> None:
    big = bytes(1 << 20)
    stream = EDITION_2 + b"".join(named_ndu(f"w{number}", big) for number in range(30))
    movie = muxed(stream)
    for options in ({"tensors": ["w7"]}, {"samples": [8]}, {"samples": [8], "decodable": True}):
        file = RecordingFile(movie)
        target = io.BytesIO()
        size = extract(file.as_file, target, **options).size  # type: ignore[arg-type]
        assert target.getvalue().endswith(named_ndu("w7", big))
        assert file.count < size + 40_000
    file = RecordingFile(movie)
    extracted(file, samples=[8])
    others = {part.offset for part in tensor_index(movie).parts if part.sample_number != 8}
    assert not others & {start for start, _ in file.reads}


def test_what_is_not_there(lenet: bytes) -> None:
    for options in (
        {},
        {"tensors": ["fc1.weights"]},
        {"samples": [0]},
        {"samples": [11]},
        {"samples": [11], "decodable": True},
        {"samples": [1], "tensors": ["nothing"]},
    ):
        with pytest.raises(TensorNotFoundError):
            extracted(lenet, **options)
    with pytest.raises(TrackError):
        extracted(lenet, samples=[1], track_id=9)


def test_targets(tmp_path: Path) -> None:
    source, target = tmp_path / "in.nnr", tmp_path / "out.nnr"
    source.write_bytes(LENET.read_bytes())
    with pytest.raises(OutputError):
        extract(source, source, samples=[1])
    extract(source, target, samples=[1], overwrite=False)
    assert target.read_bytes() == UNITS[3]
    with pytest.raises(OutputError):
        extract(source, target, samples=[2], overwrite=False)
    done: list[int] = []
    extract(source, target, samples=[2], progress=done.append)
    assert target.read_bytes() == UNITS[4]
    assert sum(done) == len(UNITS[4])
    with pytest.raises(TensorNotFoundError):
        extract(source, tmp_path / "no.nnr", tensors=["nothing"])
    source.write_bytes(LENET.read_bytes()[:-1])
    with pytest.raises(BitstreamError):
        extract(source, tmp_path / "no.nnr", samples=[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.nnr", "out.nnr"]


@pytest.mark.parametrize("name", ["sample_size_run.mp4", "sample_size_table.mp4"])
@pytest.mark.parametrize("opened", [False, True])
def test_a_sample_that_is_not_as_long_as_it_says_is_not_written(
    name: str, opened: bool, tmp_path: Path
) -> None:
    """Read by the kernel, and by way of a file object; the other samples are written."""
    data = (FIXTURES / "broken" / name).read_bytes()
    source, target = (io.BytesIO(data) if opened else data), tmp_path / "out"
    with pytest.raises(SampleSizeError, match="sample 1 has"):
        extract(source, target, samples=[2, 1])
    assert not target.exists()
    assert len(extracted(data, samples=[2])) == 14
