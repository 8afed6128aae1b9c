"""The command line on an hour of video, in one piece and in fragments, against MP4Box.

Each command is a process, as users run it, and its output is discarded. MP4Box rewrites the same
video, for which it looks at every sample. It is found on PATH, or named by the environment variable
MP4BOX; where it is missing, ffmpeg copies the streams instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from pymp4_nnr import mux

from .measure import Row, Skipped, by_turns, fresh

Command = list[str | Path]

MODEL = Path(__file__).parents[1] / "fixtures/nnr/edsr_small.nnr"
CHILD = Path(__file__).with_name("child.py")
COMMAND = Path(sysconfig.get_path("scripts"), "pymp4-nnr")

COLOUR = "color=size=64x36:rate=60:duration=3600"
ENCODER = "-c:v libx264 -preset ultrafast -bf 2 -g 60"
FRAGMENTS = "-movflags +frag_keyframe+empty_moov+default_base_moof"
"""A fragment for each second: that is where the key frames are."""


def make_videos(ffmpeg: str, folder: Path) -> dict[str, Path]:
    """The same 216,000 samples in one piece and in 3,600 fragments."""
    whole, fragments = folder / "whole.mp4", folder / "fragments.mp4"
    run = [ffmpeg, "-nostdin", "-v", "error"]
    subprocess.run([*run, "-f", "lavfi", "-i", COLOUR, *ENCODER.split(), whole], check=True)
    subprocess.run([*run, "-i", whole, "-c", "copy", *FRAGMENTS.split(), fragments], check=True)
    return {"one piece": whole, "3,600 fragments": fragments}


def rewriter(ffmpeg: str, source: Path, target: Path) -> tuple[str, Command]:
    """A program's name, and the command by which it writes a video anew."""
    if mp4box := shutil.which(os.environ.get("MP4BOX", "MP4Box")):
        return "`MP4Box -add`", [mp4box, "-add", source, "-new", target]
    copy: Command = ["-map", "0", "-c", "copy", "-f", "mp4", target]
    return "`ffmpeg -c copy`", [ffmpeg, "-nostdin", "-v", "error", "-i", source, *copy]


@dataclass(frozen=True)
class Usage:
    """What a command took: seconds, and bytes of memory at its peak."""

    seconds: float
    memory: float


def use(command: Command) -> Usage:
    """Run a command."""
    measured = [sys.executable, "-I", "-S", CHILD, *command]
    done = subprocess.run(measured, check=True, capture_output=True, text=True)
    return Usage(*map(float, done.stdout.split()))


def measure(commands: dict[str, Command], rounds: int, target: Path) -> dict[str, Usage]:
    """The median of the seconds and of the memory of each command, run by turns."""
    runs = {name: partial(use, command) for name, command in commands.items()}
    return {
        name: Usage(median(one.seconds for one in taken), median(one.memory for one in taken))
        for name, taken in by_turns(runs, rounds, fresh(target)).items()
    }


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """Every command that reads a movie, for both layouts of the file."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise Skipped("ffmpeg is needed")
    enhanced, target = folder / "enhanced.mp4", folder / "target"
    for layout, video in make_videos(ffmpeg, folder).items():
        mux(MODEL, enhanced, into=video)
        ours: dict[str, Command] = {
            "mux --into": ["mux", MODEL, "--into", video, "-o", target],
            "remove": ["remove", enhanced, "-o", target],
            "info": ["info", enhanced],
            "demux": ["demux", enhanced, "-o", target],
            "verify": ["verify", enhanced, "--against", MODEL],
            "dump, output discarded": ["dump", enhanced],
        }
        against, rewrite = rewriter(ffmpeg, video, target)
        commands = {name: [COMMAND, *command] for name, command in ours.items()}
        used = measure({**commands, against: rewrite}, rounds, target)
        other = used[against]
        for name in ours:
            yield Row(
                f"{name}, {layout}",
                used[name].seconds,
                other.seconds,
                against,
                used[name].memory,
                other.memory,
            )
