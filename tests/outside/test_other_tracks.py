"""The packets of the other tracks, as ffprobe reads them: whatever is done, they stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from pymp4_nnr import NNRError, append, mux, remove
from pymp4_nnr import open as open_network
from tests.mp4.files import files
from tests.nnr.streams import SIMPLE
from tests.outside.programs import ToolError, need, run

Packets: TypeAlias = dict[str, list[tuple[Any, ...]]]

STILL_IMAGES = ("pyav_still.avif", "still.avif")
"""ffmpeg does not open such an image with movie fragments in its file."""

READ_IN_PART = ("mp4_testdata_cbcs.mp4",)
"""Of these, ffmpeg reads the last fragment only where another follows."""


def packets(path: Path) -> Packets:
    """The packets of each track but networks, by its number: times, flags, size and hash."""
    words = ["-show_streams", "-show_packets", "-show_data_hash", "md5", "-of", "json"]
    told = json.loads(run([need("ffprobe"), "-v", "error", *words, path]))
    names = {
        stream["index"]: stream.get("id", str(stream["index"]))
        for stream in told.get("streams", ())
        if stream.get("codec_tag_string") != "nnr1"
    }
    found: Packets = {name: [] for name in names.values()}
    for packet in told.get("packets", ()):
        if packet["stream_index"] in names:
            kept = [packet.get(key) for key in ("pts", "dts", "flags", "size", "data_hash")]
            found[names[packet["stream_index"]]].append(tuple(kept))
    return found


def fragmented(source: Path, target: Path) -> None:
    mux(SIMPLE, target, into=source, fragment=1, interleave=True)


def appended(source: Path, target: Path) -> None:
    mux(SIMPLE, target, into=source)
    append(target, SIMPLE)


def taken_back(source: Path, target: Path) -> None:
    """From the file before, which has a network and a round more."""
    assert target.exists() and source != target
    with open_network(target) as file:
        number = file.networks[-1].track_id
    other = target.with_suffix(".other")
    remove(target, other, track_id=number)
    shutil.move(other, target)


OPERATIONS: dict[str, Callable[[Path, Path], object]] = {
    "added": lambda source, target: mux(SIMPLE, target, into=source),
    "fragmented": fragmented,
    "appended": appended,
    "taken back": taken_back,
}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_packets_stay_as_they_are(path: Path, tmp_path: Path) -> None:
    try:
        before = packets(path)
    except ToolError:
        return  # ffprobe does not open it
    if not any(before.values()):
        return
    for name, operation in OPERATIONS.items():
        target = tmp_path / "out.mp4"
        try:
            operation(path, target)
        except NNRError:
            return  # it cannot be edited: other tests are about that
        if path.name in STILL_IMAGES and name in ("fragmented", "appended"):
            with pytest.raises(ToolError):
                packets(target)
            continue
        after = packets(target)
        if path.name in READ_IN_PART:
            after = {key: found[: len(before[key])] for key, found in after.items()}
        assert after == before, name
