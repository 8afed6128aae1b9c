"""The network as a bitstream and in MP4 files: encoded, muxed, looked at, restored, compared."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pymp4_nnr
from pymp4_nnr.operations.encode import EncoderOptions

from .super_resolution import Weights

NONWEIGHT_QP = -75
"""Of the biases: fine, they are few."""


@dataclass(frozen=True)
class Encapsulated:
    """A bitstream, the MP4 files that it was put into, and what was restored from them."""

    qp: int
    stream: Path
    alone: Path
    beside_video: Path
    restored: Path
    restored_from_video: Path
    video_size: int

    @property
    def size(self) -> int:
        """Bytes of the bitstream."""
        return self.stream.stat().st_size

    @property
    def overhead(self) -> int:
        """Bytes that the MP4 file has more."""
        return self.alone.stat().st_size - self.size

    @property
    def overhead_beside_video(self) -> int:
        """Bytes that the video with the network has more than both."""
        return self.beside_video.stat().st_size - self.size - self.video_size


def encapsulate(weights: Weights, qp: int, video: Path, folder: Path) -> Encapsulated:
    """Encode weights, mux them alone and into a video, restore them from both.

    Raises:
        AssertionError: what is restored is not what was put in.
    """
    made = Encapsulated(
        qp,
        folder / f"edsr_qp{qp}.nnr",
        folder / f"edsr_qp{qp}.mp4",
        folder / f"video_edsr_qp{qp}.mp4",
        folder / f"restored_qp{qp}.nnr",
        folder / f"restored_from_video_qp{qp}.nnr",
        video.stat().st_size,
    )
    pymp4_nnr.encode(weights, made.stream, EncoderOptions(qp=qp, nonweight_qp=NONWEIGHT_QP))
    pymp4_nnr.mux(made.stream, made.alone, name=f"EDSR x2, qp {qp}")
    pymp4_nnr.mux(made.stream, made.beside_video, into=video, name=f"EDSR x2, qp {qp}")
    pymp4_nnr.demux(made.alone, made.restored)
    pymp4_nnr.demux(made.beside_video, made.restored_from_video)
    original = made.stream.read_bytes()
    for path in (made.restored, made.restored_from_video):
        assert path.read_bytes() == original, f"{path} differs from {made.stream}"
    for path in (made.alone, made.beside_video):
        assert pymp4_nnr.verify(path, made.stream) is None
    return made


def ffprobe(path: Path) -> str:
    """What ffprobe says of a file."""
    program = shutil.which("ffprobe")
    if program is None:
        return "ffprobe is not installed"
    command = [program, "-hide_banner", path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=True)
    return done.stderr.strip()


def box_tree(path: Path) -> str:
    """The boxes of a file with their sizes, by pymp4's own command `mp4dump`."""
    program = Path(sys.executable).with_name("mp4dump")
    done = subprocess.run([program, path], capture_output=True, text=True, check=True)
    found: list[list[str]] = []
    depths: list[int] = []
    starts: dict[int, int] = {}
    for line in done.stdout.splitlines():
        depth = len(line) - len(line.lstrip())
        if match := re.match(r" *offset = (\d+)$", line):
            starts[depth] = int(match[1])
        elif match := re.match(r" *(?:type|format) = b'(.{4})' \(total 4\)$", line):
            depths.append(depth)
            found.append([match[1]])
        elif (match := re.match(r" *end = (\d+)$", line)) and depth in starts:
            last = len(depths) - 1 - depths[::-1].index(depth)
            found[last].append(str(int(match[1]) - starts.pop(depth)))
    levels = {depth: level for level, depth in enumerate(sorted(set(depths)))}
    return "\n".join(
        "  " * levels[depth] + " ".join(words) for depth, words in zip(depths, found, strict=True)
    )


@dataclass(frozen=True)
class Bytes:
    """Where the bytes of an MP4 file are."""

    layers: dict[str, int]
    configuration: int
    tables: int


def where_the_bytes_are(made: Encapsulated) -> Bytes:
    """Bytes of each tensor's NDUs, of the other units, and of boxes around them."""
    with pymp4_nnr.open(made.alone) as file:
        [net] = file.networks
        layers = {name: tensor.size for name, tensor in net.tensors.items()}
        units = net.samples.total
    return Bytes(layers, made.size - units, made.overhead)
