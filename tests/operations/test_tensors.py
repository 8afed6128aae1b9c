"""`tensors()`: where the tensors of a network lie, found without reading their data."""

from __future__ import annotations

import gc
import io
from pathlib import Path

import pytest

from pymp4_nnr.bitstream.codec import parse
from pymp4_nnr.bitstream.tensor_index import index_tensors
from pymp4_nnr.boxes import BOX
from pymp4_nnr.errors import (
    EmptyBitstreamError,
    FileFormatError,
    SampleTableError,
    TensorNotFoundError,
    TrackError,
)
from pymp4_nnr.operations.json_records import tensor_records
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.recording import RecordingFile
from tests.round_trip import muxed, tensor_index

FIXTURES = sorted(FOLDER.glob("*.nnr"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_bitstream_and_track_agree(path: Path) -> None:
    data = path.read_bytes()
    movie = muxed(data)
    expected = index_tensors((parsed.unit, parsed) for parsed in parse(data))
    stream, track = tensor_index(path), tensor_index(movie)
    assert stream.tensors == expected.tensors
    assert list(track.tensors) == list(stream.tensors)
    assert len(track.parts) == len(stream.parts)
    for one, other in zip(stream.parts, track.parts, strict=True):
        assert data[one.offset : one.offset + one.size] == one.unit.read() == other.unit.read()
        assert movie[other.offset : other.offset + other.size] == other.unit.read()
        assert one.sample_number == other.sample_number
        assert one.unit_index == other.unit_index
        assert one.tensors == other.tensors
        if one.payload_offset is not None:
            assert one.payload_offset + (one.payload_size or 0) == one.offset + one.size
    for record, (name, parts) in zip(tensor_records(track), track.tensors.items(), strict=True):
        assert record["name"] == name.encode("utf-8", "surrogateescape").decode(
            "utf-8", "backslashreplace"
        )
        assert [part["sample"] for part in record["parts"]] == [p.sample_number for p in parts]


@pytest.mark.parametrize("kind", ["nnr", "mp4"])
def test_only_heads_are_read_of_a_large_file(kind: str) -> None:
    names = [f"layers.{number}.weight" for number in range(40)]
    big = bytes(1 << 20)
    stream = EDITION_2 + b"".join(named_ndu(name, big) for name in names)
    movie = muxed(stream, tensor_index=False)
    file = RecordingFile(stream if kind == "nnr" else movie)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    index = tensor_index(file.as_file)
    assert list(index.tensors) == names
    assert file.count < 70_000 < size // 500
    # One request for each unit, and what finds them.
    for part in index.parts:
        end = part.offset + part.size
        assert {read for read in file.reads if part.offset <= read[0] < end} == {(part.offset, 256)}
    assert len(file.reads) < len(index.parts) + 12
    # And then one tensor.
    before = file.count
    [part] = index.tensors["layers.31.weight"]
    assert part.unit.read() == named_ndu("layers.31.weight", big)
    assert file.count - before == part.size


def test_a_longer_header_is_read_further() -> None:
    name = "n" * 5000
    file = RecordingFile(EDITION_2 + named_ndu(name, bytes(1 << 20)))
    assert list(tensor_index(file.as_file).tensors) == [name]
    assert file.count < 30_000


def test_samples_of_one_sample_entry_among_fragments() -> None:
    data = LENET.read_bytes()
    movie = muxed(data)
    place = movie.index(b"mdat") - 4
    # The media data by itself, as a segment that follows.
    both = tensor_index([movie[:place], movie[place:]])
    assert list(both.tensors) == list(tensor_index(movie).tensors)
    assert both.parts[3].unit.read() == tensor_index(data).parts[3].unit.read()


def test_the_file_closes_with_the_index() -> None:
    index = tensor_index(str(LENET))
    part = index.tensors["fc1.weight"][0]
    del index
    gc.collect()
    assert len(part.unit.read()) == part.size
    del part
    gc.collect()


def test_close_names_are_told() -> None:
    index = tensor_index(LENET)
    with pytest.raises(TensorNotFoundError, match=r"'fc1\.weight'"):
        index.find(tensors=["fc1.weigth"])
    with pytest.raises(TensorNotFoundError, match=r"'conv2\.bias'"):
        index.find(tensors=["CONV2.BIAS"])
    with pytest.raises(TensorNotFoundError, match="there are 10"):
        index.find(tensors=["zzz/qqq/yyy"])
    with pytest.raises(TensorNotFoundError):
        tensor_index(EDITION_2).find(tensors=["a"])


def test_what_has_no_tensors() -> None:
    assert tensor_index(EDITION_2).tensors == {}
    assert tensor_index(muxed(EDITION_2)).parts == []
    with pytest.raises(EmptyBitstreamError):
        tensor_index(b"")
    with pytest.raises(TrackError):
        tensor_index(LENET, track_id=1)
    with pytest.raises(TrackError):
        tensor_index(muxed(EDITION_2), track_id=2)
    with pytest.raises(TrackError):
        tensor_index(BOX.build({"type": b"moov", "children": []}))
    with pytest.raises(FileFormatError):
        tensor_index(bytes.fromhex("00000008") + b"ftyp")
    with pytest.raises(OSError):
        tensor_index("no such file")


def test_a_sample_that_is_no_ndu() -> None:
    movie = bytearray(muxed(EDITION_2 + named_ndu("a", b"xyz"), tensor_index=False))
    place = movie.index(b"mdat") + 4 + 2
    movie[place] = movie[place] & 3 | 4 << 2
    with pytest.raises(SampleTableError, match="sample 1 is an NNR_QNT"):
        tensor_index(bytes(movie))
