"""Every kind of source and target, and how much of a source is read."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import demux, mux, verify
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.forge import read_boxes
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, START, unit
from tests.recording import RecordingFile
from tests.round_trip import demuxed, muxed


def as_path(data: bytes, folder: Path) -> object:
    (folder / "source").write_bytes(data)
    return folder / "source"


def as_text_path(data: bytes, folder: Path) -> object:
    return str(as_path(data, folder))


def as_file(data: bytes, folder: Path) -> object:
    return Path(str(as_path(data, folder))).open("rb")


def as_raw_file(data: bytes, folder: Path) -> object:
    return Path(str(as_path(data, folder))).open("rb", buffering=0)


def as_file_in_the_middle(data: bytes, folder: Path) -> object:
    (folder / "source").write_bytes(b"not ours" + data)
    file = (folder / "source").open("rb")
    file.seek(8)
    return file


def as_buffer_in_the_middle(data: bytes, folder: Path) -> object:
    file = io.BytesIO(b"not ours" + data)
    file.seek(8)
    return file


def as_pipe(data: bytes, folder: Path) -> object:
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(data)

    threading.Thread(target=feed, daemon=True).start()
    return os.fdopen(reader, "rb")


def as_named_pipe(data: bytes, folder: Path) -> object:
    path = folder / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=[data], daemon=True).start()
    return path


SOURCES: list[Callable[[bytes, Path], object]] = [
    *(as_path, as_text_path, as_file, as_raw_file, as_file_in_the_middle),
    *(as_buffer_in_the_middle, as_pipe, as_named_pipe),
    lambda data, folder: data,
    lambda data, folder: bytearray(data),
    lambda data, folder: memoryview(b"x" + data)[1:],
    lambda data, folder: io.BytesIO(data),
]
LARGE = START + unit(5, bytes(range(256)) * 1000, long=True) + PARAMETERS + NDUS[1]


@pytest.mark.parametrize("make", SOURCES, ids=lambda make: getattr(make, "__name__", "?"))
@pytest.mark.parametrize("stream", [MIXED, LARGE], ids=["small", "large"])
def test_sources(make: Callable[[bytes, Path], object], stream: bytes, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("mux", "demux", "verify")]
    for folder in folders:
        folder.mkdir()
    data = muxed(stream)
    for folder, bytes_, work in zip(
        folders,
        (stream, data, data),
        (muxed, demuxed, lambda source: verify(source, stream)),
        strict=True,
    ):
        source = make(bytes_, folder)
        result = work(source)  # type: ignore[operator]
        assert result == {muxed: data, demuxed: stream}.get(work)
        if hasattr(source, "close"):
            assert not source.closed  # the caller's file is the caller's
            source.close()


@pytest.mark.parametrize("mode", ["wb", "w+b", "ab", "r+b"])
@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("stream", [MIXED, LARGE], ids=["small", "large"])
def test_file_objects_are_written_from_where_they_are(
    mode: str, buffering: int, stream: bytes, tmp_path: Path
) -> None:
    mp4, back = tmp_path / "file.mp4", tmp_path / "back"
    back.write_bytes(b"?" * 20)
    mux(stream, mp4)
    with back.open(mode, buffering=buffering) as file:
        file.write(b"before")
        demux(mp4, file)
        file.write(b"behind")
    kept = b"?" * 20 if mode == "ab" else b""
    written = kept + b"before" + stream + b"behind"
    assert back.read_bytes() == written + (b"?" * 20)[len(written) :]


def test_pipes_are_written(tmp_path: Path) -> None:
    mux(LARGE, tmp_path / "file.mp4")
    reader, writer = os.pipe()
    found = []

    def drain() -> None:
        with os.fdopen(reader, "rb") as file:
            found.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(writer, "wb") as file:
        demux(tmp_path / "file.mp4", file)
    thread.join()
    assert found == [LARGE]


def test_only_box_headers_and_moov_are_read_before_samples_are_copied() -> None:
    data = muxed(LARGE * 8)
    boxes = {box.type: box for box in read_boxes(data)}
    mdat = boxes[b"mdat"]
    assert mdat.size > 1 << 20
    file = RecordingFile(data)
    with Movie(file.as_file) as movie:
        samples = movie.track().samples
        configurations = movie.track().configurations
    assert len(samples) == 16
    assert len(configurations[0] or ()) == 16
    assert file.count_between(mdat.offset, len(data)) <= 16
    assert file.count_between(0, len(data)) <= boxes[b"moov"].size + 16 * len(boxes)


def test_each_sample_is_read_once_when_it_is_copied() -> None:
    data = muxed(LARGE * 8)
    file = RecordingFile(data)
    assert demuxed(file) == LARGE * 8
    mdat = next(box for box in read_boxes(data) if box.type == b"mdat")
    assert file.count_between(mdat.offset + 16, len(data)) <= mdat.size


def test_looking_at_a_file_reads_the_headers_of_units_alone() -> None:
    data = muxed(LARGE * 8)
    file = RecordingFile(data)
    with FileInfo(file.as_file) as info:
        assert len(list(info.units(info.tracks[0]))) == 32
    mdat = next(box for box in read_boxes(data) if box.type == b"mdat")
    assert file.count_between(mdat.offset, len(data)) <= 16 * 1024  # of 2 MiB
