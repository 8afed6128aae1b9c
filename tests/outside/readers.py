"""MP4 files as other programs read them; see `programs` for what happens where one is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .programs import need, node_script, run


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


def mp4box_js(path: Path) -> dict[str, Any]:
    """Boxes and tracks as mp4box.js sees them; ``mp4box_tree.mjs`` describes the form."""
    tree: dict[str, Any] = node_script("mp4box_tree.mjs", path)
    return tree
