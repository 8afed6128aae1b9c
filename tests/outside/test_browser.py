"""Chromium plays the video beside a network to its end: as an element, and by MediaSource."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, mux, mux_segments
from tests.nnr.streams import MIXED, SIMPLE

from . import muxers
from .programs import FOLDER, need, need_optional, node_script, run

WHOLE: list[str] = []
FRAGMENTS = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]


def video(folder: Path, layout: list[str]) -> Path:
    """Two seconds of H.264 and AAC, in profiles that every browser plays."""
    path = folder / "video.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=2"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    codec = ["-c:v", "libx264", "-profile:v", "baseline", "-level", "1", "-pix_fmt", "yuv420p"]
    more = ["-g", "10", "-c:a", "aac", *layout, path]
    run([need("ffmpeg"), "-nostdin", "-v", "error", *picture, *sound, *codec, *more])
    return path


def played(path: Path, way: str, folder: Path) -> Any:
    """What the video element says after playing."""
    chromium = need_optional("chromium", "CHROMIUM")
    if not (FOLDER / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: run npm ci in tests/outside")
    return node_script("browser.mjs", chromium, folder / "profile", path.parent, path.name, way)


def check(told: Any) -> None:
    assert told["how"] == "ended", told
    assert told["error"] is None
    assert (told["videoWidth"], told["frames"]) == (64, 50)
    assert told["currentTime"] == told["duration"] == pytest.approx(2, abs=0.1)


def plain(source: Path, target: Path) -> None:
    shutil.copy(source, target)


def beside(source: Path, target: Path) -> None:
    mux(MIXED, target, into=source)


def beside_in_fragments(source: Path, target: Path) -> None:
    mux(MIXED, target, into=source, fragment=1)


def between_fragments(source: Path, target: Path) -> None:
    mux(MIXED, target, into=source, fragment=1, interleave=True)


def with_rounds(source: Path, target: Path) -> None:
    mux(MIXED, target, into=source, appendable=True)
    append(target, SIMPLE)


def as_segments(source: Path, target: Path) -> None:
    files = mux_segments(MIXED, target.with_name("segments"), into=source, interleave=True)
    target.write_bytes(b"".join(path.read_bytes() for path in files))


def in_segments(source: Path, target: Path) -> None:
    """With the network in the segments that MP4Box makes."""
    between = target.with_name("between.mp4")
    mux(MIXED, between, into=source, fragment=1)
    made = muxers.gpac_live(between, target.with_name("segments"))
    target.write_bytes(b"".join(path.read_bytes() for path in made))


WRITERS = [plain, beside, beside_in_fragments, between_fragments, with_rounds]


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize("layout", [WHOLE, FRAGMENTS], ids=["whole", "fragments"])
def test_video_element(
    writer: Callable[[Path, Path], None], layout: list[str], tmp_path: Path
) -> None:
    writer(video(tmp_path, layout), tmp_path / "new.mp4")
    check(played(tmp_path / "new.mp4", "element", tmp_path))


def test_video_element_with_segments_in_a_row(tmp_path: Path) -> None:
    as_segments(video(tmp_path, FRAGMENTS), tmp_path / "new.mp4")
    check(played(tmp_path / "new.mp4", "element", tmp_path))


@pytest.mark.parametrize(
    "writer", [*WRITERS, as_segments, in_segments], ids=lambda writer: writer.__name__
)
def test_media_source(writer: Callable[[Path, Path], None], tmp_path: Path) -> None:
    writer(video(tmp_path, FRAGMENTS), tmp_path / "new.mp4")
    check(played(tmp_path / "new.mp4", "source", tmp_path))
