"""Programs that are not ours open what `mux` writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pymp4_nnr import mux, split
from tests.nnr.streams import SIMPLE, START, STREAMS, unit
from tests.outside.readers import (
    ffmpeg_copy_data,
    ffprobe_packets,
    ffprobe_streams,
    mediainfo,
    mp4box_js,
)
from tests.paths import ROOT

WITH_NDUS = [path for path in STREAMS if any(unit.is_ndu for unit in split(path))]
WITHOUT = [path for path in STREAMS if path not in WITH_NDUS]

# A program is started for every file: not for every stream where a few show the same.
FEW = [path for path in WITH_NDUS if path.stem in ("plain", "interleaved", "dependent", "lenet5")]


def muxed(path: Path, folder: Path) -> tuple[Path, list[bytes]]:
    """The MP4 file of a bitstream, and its NDUs."""
    mux(path, folder / "file.mp4")
    return folder / "file.mp4", [unit.data for unit in split(path) if unit.is_ndu]


each_stream = pytest.mark.parametrize("path", WITH_NDUS, ids=lambda path: path.name)


@each_stream
def test_ffmpeg_opens_every_stream(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    (stream,) = ffprobe_streams(file)
    assert stream["codec_type"] == "data"
    assert stream["codec_tag_string"] == "nnr1"
    assert int(stream["nb_frames"]) == int(stream["nb_read_packets"]) == len(ndus)
    assert stream["time_base"] == "1/1000"
    assert int(stream["duration_ts"]) == len(ndus)
    assert ffmpeg_copy_data(file, 0) == b"".join(ndus)


@pytest.mark.parametrize("path", FEW, ids=lambda path: path.name)
def test_ffmpeg_finds_each_sample(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    data = file.read_bytes()
    packets = ffprobe_packets(file, 0)
    assert [int(packet["size"]) for packet in packets] == [len(ndu) for ndu in ndus]
    assert [packet["pts"] for packet in packets] == list(range(len(ndus)))
    places = [int(packet["pos"]) for packet in packets]
    assert [data[at : at + len(ndu)] for at, ndu in zip(places, ndus, strict=True)] == ndus


@each_stream
def test_mp4box_js_opens_every_stream(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    data = file.read_bytes()
    tree = mp4box_js(file)
    assert not tree["errors"]
    assert [box["type"] for box in tree["boxes"]] == ["ftyp", "moov", "mdat"]
    (track,) = tree["tracks"]
    assert track["handler"] == "meta"
    assert track["codec"] == "nnr1"
    assert track["timescale"] == 1000
    assert track["sample_sizes"] == [len(ndu) for ndu in ndus]
    assert track["sample_times"] == list(range(len(ndus)))
    assert [
        data[at : at + size]
        for at, size in zip(track["sample_offsets"], track["sample_sizes"], strict=True)
    ] == ndus
    flags = [bool(unit.independently_decodable_flag) for unit in split(path) if unit.is_ndu]
    assert track["sync"] == flags


@pytest.mark.parametrize("path", WITH_NDUS, ids=lambda path: path.name)
def test_mediainfo_opens_every_stream(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    general, *tracks = mediainfo(file)["media"]["track"]
    assert general["Format"] == "MPEG-4"
    assert int(general["FileSize"]) == file.stat().st_size
    assert general.get("IsTruncated", "No") == "No"
    # It tells no sample entry and counts no samples here; but each lasts a millisecond.
    (track,) = tracks
    assert track["Type"] == "meta"
    assert round(float(track["Duration"]) * 1000) == len(ndus)
    assert int(general["DataSize"]) == 8 + sum(map(len, ndus))
    assert int(general["HeaderSize"]) + int(general["DataSize"]) == file.stat().st_size
    assert general["IsStreamable"] == "Yes"


@pytest.mark.parametrize("path", WITHOUT, ids=lambda path: path.name)
def test_a_track_without_samples_is_opened(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    assert ndus == []
    tree = mp4box_js(file)
    assert not tree["errors"]
    assert [track["sample_count"] for track in tree["tracks"]] == [0]
    assert len(mediainfo(file)["media"]["track"]) == 2
    (stream,) = ffprobe_streams(file)
    assert stream["codec_tag_string"] == "nnr1"
    assert int(stream.get("nb_read_packets", 0)) == 0


def test_padding_disturbs_nobody(tmp_path: Path) -> None:
    ndus = [unit(5, bytes([number]) * 400_000, long=True) for number in range(3)]
    (tmp_path / "in.nnr").write_bytes(START + b"".join(ndus))
    mux(tmp_path / "in.nnr", tmp_path / "file.mp4")
    tree = mp4box_js(tmp_path / "file.mp4")
    assert [box["type"] for box in tree["boxes"]] == ["ftyp", "moov", "free", "mdat"]
    assert not tree["errors"]
    assert ffmpeg_copy_data(tmp_path / "file.mp4", 0) == b"".join(ndus)
    assert len(mediainfo(tmp_path / "file.mp4")["media"]["track"]) == 2


def test_several_tracks_are_opened(tmp_path: Path) -> None:
    long = START + b"".join(unit(5, bytes([number])) for number in range(9))
    mux([SIMPLE, long], tmp_path / "file.mp4")
    streams = ffprobe_streams(tmp_path / "file.mp4")
    assert [int(stream["nb_read_packets"]) for stream in streams] == [4, 9]
    for number, source in enumerate((SIMPLE, long)):
        ndus = [unit.data for unit in split(source) if unit.is_ndu]
        assert ffmpeg_copy_data(tmp_path / "file.mp4", number) == b"".join(ndus)
    tracks = mp4box_js(tmp_path / "file.mp4")["tracks"]
    assert [track["sample_count"] for track in tracks] == [4, 9]


def stock_pymp4(path: Path) -> list[str]:
    """The types of the top-level boxes as pymp4 reads them where nothing is registered.

    A process of its own, because pymp4 does not come back from some broken boxes. Its arrays are
    made to work as on the Python that they were written for.
    """
    code = """
import collections.abc, io, sys, types
import construct.core
construct.core.collections = types.SimpleNamespace(
    **vars(collections), Sequence=collections.abc.Sequence)
from pymp4.parser import Box
data = open(sys.argv[1], "rb").read()
stream = io.BytesIO(data)
while stream.tell() < len(data):
    start = stream.tell()
    box = Box.parse_stream(stream)
    assert stream.tell() - start == int.from_bytes(data[start : start + 4], "big"), box.type
    print(box.type.decode())
assert "pymp4_nnr" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("path", [*FEW, *WITHOUT], ids=lambda path: path.name)
def test_stock_pymp4_walks_the_file(path: Path, tmp_path: Path) -> None:
    file, ndus = muxed(path, tmp_path)
    assert stock_pymp4(file) == ["ftyp", "moov", *(["mdat"] if ndus else [])]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX paths")
def test_a_file_made_by_the_program_is_the_same(tmp_path: Path) -> None:
    """What outsiders open is what the command writes, too."""
    file, _ = muxed(FEW[0], tmp_path)
    code = "from pymp4_nnr.cli import main; main()"
    subprocess.run(
        [sys.executable, "-c", code, "mux", FEW[0], "-o", tmp_path / "2.mp4", "-q"],
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    assert (tmp_path / "2.mp4").read_bytes() == file.read_bytes()
