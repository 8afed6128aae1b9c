"""The index of tensors in the file: a cache that is never the truth."""

from __future__ import annotations

import contextlib
import io
import random
import zlib
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr.boxes.definitions.tensor_index import TENSOR_INDEX
from pymp4_nnr.errors import TensorIndexError, TensorNotFoundError
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.extract import extract
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.outside.muxers import bento4_fragment, gpac_frag, gpac_inter, gpac_live
from tests.paths import ROOT
from tests.recording import RecordingFile
from tests.round_trip import demuxed, muxed, tensor_index

MP4 = ROOT / "fixtures" / "mp4"
FIXTURES = sorted(FOLDER.glob("*.nnr"))
FIELDS = [name for name in pymp4_nnr.Part.__slots__ if name != "unit"]


def listed(source: object) -> list[list[object]]:
    """All that an index tells of each NDU."""
    index = tensor_index(source)  # type: ignore[arg-type]
    return [[getattr(part, name) for name in FIELDS if name != "offset"] for part in index.parts]


def is_used(movie: object) -> bool:
    with Movie(movie) as opened:  # type: ignore[arg-type]
        return opened.track().tensor_table is not None


def stored(movie: bytes) -> tuple[int, bytes]:
    """Where the body of the index starts in a file, and its bytes."""
    at = movie.index(TENSOR_INDEX.bytes) + 16
    size = int.from_bytes(movie[at - 24 : at - 20])
    return at, movie[at : at - 24 + size]


def model(names: list[str], size: int = 10) -> bytes:
    return EDITION_2 + b"".join(named_ndu(name, bytes(size)) for name in names)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_the_index_tells_what_the_samples_do(path: Path) -> None:
    movie = muxed(path)
    assert listed(movie) == listed(muxed(path, tensor_index=False)) == listed(path)
    assert demuxed(movie) == path.read_bytes()
    described = any(part.incomplete is None for part in tensor_index(path).parts)
    assert is_used(movie) == described == (TENSOR_INDEX.bytes in movie)
    for part in tensor_index(movie).parts:
        assert part.unit.read() == movie[part.offset : part.offset + part.size]
        assert part.unit.read(3, 7) == movie[part.offset + 3 : part.offset + 7]


def test_it_can_be_left_out() -> None:
    with_index, without = muxed(LENET), muxed(LENET, tensor_index=False)
    assert TENSOR_INDEX.bytes not in without
    assert len(with_index) - len(without) == 24 + len(stored(with_index)[1])


@pytest.mark.parametrize(("unreadable", "used"), [(999, True), (1000, False)])
def test_after_many_that_cannot_be_described_the_others_are_not_tried(
    unreadable: int, used: bool
) -> None:
    broken = bytes([0, 5, 0x16, 0xF8, 0])  # a payload type that is reserved, and an empty name
    source = EDITION_2 + broken * unreadable + named_ndu("b", bytes(5))
    movie = muxed(source)
    assert is_used(movie) is used
    assert demuxed(movie) == source
    assert listed(movie) == listed(source)


def test_layout_to_the_byte() -> None:
    """As the README says, with no help of the code that writes it."""
    movie = muxed(model(["a.weight", "a.bias", "b"], 7))
    sizes = b"".join(len(named_ndu(name, bytes(7))).to_bytes(4) for name in ("a.weight", "a.bias"))
    sizes += len(named_ndu("b", bytes(7))).to_bytes(4)
    form = bytes([1, 1, 0, 1, 1, 0, 0, 0, 5])
    heads = [len(named_ndu(name, b"")) for name in ("a.weight", "a.bias", "b")]
    expected = [
        bytes(4),
        (3).to_bytes(4),
        zlib.crc32(sizes).to_bytes(4),
        (1).to_bytes(4),
        len(form).to_bytes(4) + form,
        (3).to_bytes(4) + bytes(3),
        (6).to_bytes(4) + b"".join(size.to_bytes(2) for size in heads),
        (3).to_bytes(4) + bytes([0, 2, 0]),
        b"a.weight\0bias\0b\0",
    ]
    assert stored(movie)[1] == b"".join(expected)


def test_no_sample_is_read_for_a_list() -> None:
    names = [f"layers.{number}.weight" for number in range(300)]
    movie = muxed(model(names, 5000))
    file = RecordingFile(movie)
    index = tensor_index(file.as_file)
    assert list(index.tensors) == names
    media = movie.index(b"mdat") + 12  # the walk over boxes reads their longest header
    assert file.count_between(media, len(movie)) == 0
    before = file.count
    [part] = index.tensors["layers.7.weight"]
    assert part.unit.read() == named_ndu("layers.7.weight", bytes(5000))
    assert file.count - before == part.size


def test_an_entry_is_checked_when_its_sample_is_read() -> None:
    movie = bytearray(muxed(LENET))
    at = movie.index(b"\0bias\0", movie.index(TENSOR_INDEX.bytes))
    movie[at + 1] = ord("B")
    index = tensor_index(bytes(movie))
    [part] = index.tensors["conv1.Bias"]
    with pytest.raises(TensorIndexError, match="not what the tensor index") as caught:
        part.unit.read()
    assert caught.value.offset == part.offset
    [good] = index.tensors["conv1.weight"]
    assert good.unit.read() == tensor_index(LENET).tensors["conv1.weight"][0].unit.read()
    # What is extracted is told by the samples.
    with pytest.raises(TensorNotFoundError):
        extract(bytes(movie), io.BytesIO(), tensors=["conv1.Bias"])
    target = io.BytesIO()
    extract(bytes(movie), target, samples=[2], decodable=True)
    expected = io.BytesIO()
    extract(LENET, expected, samples=[2], decodable=True)
    assert target.getvalue() == expected.getvalue()
    assert demuxed(bytes(movie)) == LENET.read_bytes()


def test_an_index_of_other_samples_is_not_used() -> None:
    movie = muxed(model(["a", "bb", "ccc"]))
    sizes = [len(named_ndu(name, bytes(10))).to_bytes(4) for name in ("a", "bb", "ccc")]
    swapped = movie.replace(b"".join(sizes), sizes[1] + sizes[0] + sizes[2])
    assert swapped != movie
    assert is_used(movie)
    assert not is_used(swapped)


def test_an_index_may_describe_the_first_samples_alone() -> None:
    with Movie(muxed(model(["a", "bb"]))) as movie:
        table, sizes = movie.track().tensor_table, list(movie.track().samples.sizes)
    assert table is not None
    assert table.fits([*sizes, 20])
    assert not table.fits(sizes[:1])
    assert not table.fits([sizes[0], 99, sizes[1]])


def test_a_broken_index_is_not_used() -> None:
    """Whatever is in it: the file is read without, or an error of ours says what is wrong."""
    movie = muxed(LENET)
    at, body = stored(movie)
    chance = random.Random(13)
    expected = listed(movie)
    unused = 0
    for _ in range(400):
        changed = bytearray(body)
        for _ in range(chance.choice([1, 1, 2, 8])):
            changed[chance.randrange(len(changed))] = chance.choice([0, 1, 127, 128, 255])
        file = movie[:at] + bytes(changed) + movie[at + len(body) :]
        assert demuxed(file) == LENET.read_bytes()
        if not is_used(file):
            unused += 1
            assert listed(file) == expected
            continue
        for part, true in zip(tensor_index(file).parts, expected, strict=True):
            with contextlib.suppress(TensorIndexError):
                part.unit.read()
                assert [getattr(part, name) for name in FIELDS if name != "offset"] == true
    assert unused > 50


@pytest.mark.parametrize("count", [1, 256, 257])
def test_many_forms(count: int) -> None:
    """Up to 256 of them have an index of one byte."""
    stream = EDITION_2 + b"".join(
        named_ndu(f"t{number}", b"", tensor_dimensions=[number + 1]) for number in range(count)
    )
    assert listed(muxed(stream)) == listed(stream)


@pytest.mark.parametrize("change", [gpac_inter, gpac_frag, gpac_live, bento4_fragment])
def test_other_muxers_carry_it(change: object, tmp_path: Path) -> None:
    source = tmp_path / "in.mp4"
    pymp4_nnr.mux(LENET, source, into=MP4 / "h264_aac.mp4" if change is bento4_fragment else None)
    made = change(source, tmp_path / "out")  # type: ignore[operator]
    assert is_used(made)
    assert listed(made) == listed(LENET)
    assert demuxed(made) == LENET.read_bytes()


def test_fragments_and_segments_have_one(tmp_path: Path) -> None:
    """It lies in front of the samples, in the initialization segment."""
    path = LENET
    files = pymp4_nnr.mux_segments(path, tmp_path / "segments", fragment=3)
    for movie in (files, muxed(path, fragment=3)):
        assert is_used(movie)
        assert listed(movie) == listed(path)
    files = pymp4_nnr.mux_segments(path, tmp_path / "segments", tensor_index=False)
    assert not is_used(files)
    assert TENSOR_INDEX.bytes not in files[0].read_bytes()
    assert listed(files) == listed(path)


def test_a_round_is_appended_to_one(tmp_path: Path) -> None:
    """`moov` was written before: the first samples are described, and the others read."""
    path = tmp_path / "model.mp4"
    rounds = [FOLDER / f"incremental_{number}.nnr" for number in range(3)]
    pymp4_nnr.mux(rounds[0], path, appendable=True)
    for one in rounds[1:]:
        pymp4_nnr.append(path, one)
    assert is_used(path)
    assert listed(path) == listed(b"".join(one.read_bytes() for one in rounds))
    file = RecordingFile(path.read_bytes())
    tensor_index(file)
    with Movie(path) as opened:
        first, *others = opened.track().rounds
        places = [opened.track().samples.range(sample) for sample in first.samples]
        later = [opened.track().samples.range(one.samples.start) for one in others]
    assert not any(file.count_between(place.offset, place.end) for place in places[1:])
    assert all(file.count_between(place.offset, place.end) for place in later)
