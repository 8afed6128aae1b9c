"""File systems that share blocks, made in a file and mounted for a test."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outside.programs import missing

KINDS = ("btrfs", "xfs")
"""File systems that can share blocks between files."""

_IMAGE_SIZE = 8 << 30  # of which only what is written takes room


@contextlib.contextmanager
def mounted(kind: str, folder: Path) -> Iterator[Path]:
    """Make a file system of a kind in `folder`, mount it, and give the place where it is.

    Skips the test where nothing can be mounted: that takes root and a loop device. Only a missing
    program counts as missing.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    make = shutil.which(f"mkfs.{kind}")
    if make is None or shutil.which("filefrag") is None:
        missing(f"mkfs.{kind} or filefrag is not installed")
    image, place = folder / f"{kind}.image", folder / kind
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(_IMAGE_SIZE)
    subprocess.run([str(make), "-q", image], check=True, capture_output=True)
    mount = subprocess.run(["mount", "-o", "loop", image, place], capture_output=True, text=True)
    if mount.returncode:
        image.unlink()
        pytest.skip(f"a {kind} file system cannot be mounted here: {mount.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        image.unlink()


def used_bytes(place: Path) -> int:
    """Space that files take: of the file system mounted at `place`, else of the files in it.

    The space of a file system that others write to as well would tell nothing.
    """
    os.sync()
    if place.is_mount():
        found = os.statvfs(place)
        return (found.f_blocks - found.f_bfree) * found.f_frsize
    return sum(path.stat().st_blocks * 512 for path in place.iterdir())


def shared_bytes(path: Path) -> int:
    """Bytes of a file that lie in blocks which other files use too."""
    os.sync()
    listed = subprocess.run(
        ["filefrag", "-v", "-b4096", path], check=True, capture_output=True, text=True
    ).stdout
    total = 0
    for line in listed.splitlines():
        fields = line.split(":")
        if fields[0].strip().isdigit() and "shared" in fields[-1]:
            total += int(fields[3]) * 4096
    return total
