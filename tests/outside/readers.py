"""Independent MP4 readers, as functions for tests.

Each returns what a program that is not ours makes of a file.  Where the program is missing the
test is skipped with the reason; with ``PYMP4_NNR_NO_SKIP=1`` in the environment it fails instead,
so that a continuous integration run cannot turn green by lacking its tools.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent
NO_SKIP = "PYMP4_NNR_NO_SKIP"
TIMEOUT_SECONDS = 120


class ToolError(AssertionError):
    """An outside program refused the file; the message holds the command and its last words."""


def missing(reason: str) -> None:
    """Skip the running test with ``reason``, or fail it where skipping is forbidden."""
    if os.environ.get(NO_SKIP) == "1":
        pytest.fail(f"{reason} ({NO_SKIP}=1 forbids skipping)")
    pytest.skip(reason)


def need(program: str) -> str:
    """The path of ``program``; skips the test where it is not installed."""
    found = shutil.which(program)
    if found is None:
        missing(f"{program} is not installed")
    return str(found)


def run(command: Sequence[str | Path]) -> bytes:
    """The standard output of ``command``; raises :class:`ToolError` where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[-1000:]
        line = " ".join(str(part) for part in command)
        raise ToolError(f"exit code {done.returncode} from: {line}\n{words}")
    return done.stdout


def ffprobe_streams(path: Path) -> list[dict[str, Any]]:
    """ffprobe's streams, with ``nb_read_packets`` counted rather than believed."""
    output = run(
        [need("ffprobe"), "-v", "error", "-count_packets", "-show_streams", "-of", "json", path]
    )
    streams: list[dict[str, Any]] = json.loads(output)["streams"]
    return streams


def ffprobe_packets(path: Path, stream: int) -> list[dict[str, Any]]:
    """ffprobe's packets of one stream: ``pts``, ``dts``, ``duration``, ``size``, ``pos``, and more.

    ``stream`` is ffprobe's 0-based index over the whole file.  Sizes and positions in bytes and
    times in the track's timescale arrive as ffprobe writes them: times as numbers, the others as
    strings.
    """
    output = run(
        [
            *(need("ffprobe"), "-v", "error", "-select_streams", str(stream)),
            *("-show_packets", "-show_data_hash", "sha256", "-of", "json", path),
        ]
    )
    packets: list[dict[str, Any]] = json.loads(output)["packets"]
    return packets


def ffmpeg_copy_data(path: Path, stream: int) -> bytes:
    """All samples of one stream in a row, as ffmpeg's demuxer delivers them.

    ``stream`` is the 0-based index over the whole file.
    """
    return run(
        [
            *(need("ffmpeg"), "-nostdin", "-v", "error", "-i", path),
            *("-map", f"0:{stream}", "-c", "copy", "-f", "data", "-"),
        ]
    )


def streamhash(path: Path) -> list[str]:
    """One line per stream, ``INDEX,TYPE,SHA256=...``, over the undecoded packets of each."""
    output = run(
        [
            *(need("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-map", "0"),
            *("-copy_unknown", "-c", "copy", "-f", "streamhash", "-"),
        ]
    )
    return output.decode().split()


def framemd5(path: Path, stream: int) -> list[str]:
    """One line per decoded frame of one stream, with time stamps and MD5 of the picture or sound.

    ``stream`` is the 0-based index over the whole file.
    """
    output = run(
        [
            *(need("ffmpeg"), "-nostdin", "-v", "error", "-flags", "+bitexact", "-i", path),
            *("-map", f"0:{stream}", "-fflags", "+bitexact", "-f", "framemd5", "-"),
        ]
    )
    return [line for line in output.decode().splitlines() if not line.startswith("#")]


def mediainfo(path: Path) -> dict[str, Any]:
    """MediaInfo's JSON; its ``media.track`` lists a general part and then the tracks.

    A metadata track that describes another (``tref`` ``cdsc``) is not listed as a track of its own.
    """
    report: dict[str, Any] = json.loads(run([need("mediainfo"), "--Output=JSON", path]))
    return report


def node_script(name: str, *arguments: str | Path) -> Any:
    """The JSON that one of this folder's mp4box.js scripts prints; None where it prints nothing."""
    node = need("node")
    if not (FOLDER / "node_modules" / "mp4box").is_dir():
        missing("mp4box.js is not installed: run npm ci in tests/outside")
    output = run([node, FOLDER / name, *arguments])
    return json.loads(output) if output.strip() else None


def mp4box(path: Path) -> dict[str, Any]:
    """Boxes and tracks as mp4box.js sees them; ``mp4box_tree.mjs`` describes the form."""
    tree: dict[str, Any] = node_script("mp4box_tree.mjs", path)
    return tree
