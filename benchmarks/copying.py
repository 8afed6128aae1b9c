"""Muxing and demuxing against `cp`, also on file systems whose files can share blocks."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pymp4_nnr import demux, mux

from .measure import Row, Skipped, alternately, fresh
from .models import GIB, MIB, write_model


def cp(source: Path, target: Path) -> None:
    """Copy without sharing blocks."""
    subprocess.run(["cp", "--reflink=never", source, target], check=True)


def against_cp(folder: Path, size: int, units: int, rounds: int) -> Iterator[Row]:
    """Mux and demux against copying the input, with the page cache warm."""
    model = write_model(folder / "model.nnr", size, units)
    movie, target = folder / "model.mp4", folder / "target"
    mux(model, movie)
    shown = f"{size // GIB} GiB" if size >= GIB else f"{size // MIB} MiB"
    for what, source, run in (
        ("mux", model, partial(mux, model, target)),
        ("demux", movie, partial(demux, movie, target)),
    ):
        taken = alternately({"ours": run, "cp": partial(cp, source, target)}, rounds, fresh(target))
        yield Row(f"{what} {shown}, {units:,} units", taken["ours"], taken["cp"], "`cp`")
    for path in (model, movie, target):
        path.unlink(missing_ok=True)


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """Both sizes of models."""
    yield from against_cp(folder, GIB, 1_000, rounds)
    yield from against_cp(folder, 64 * MIB, 100_000, rounds)


def can_mount() -> bool:
    """Whether a file system can be made and mounted here."""
    return os.geteuid() == 0 and all(map(shutil.which, ("mkfs.btrfs", "mkfs.xfs", "mount")))


@contextlib.contextmanager
def mounted(kind: str, folder: Path) -> Iterator[Path]:
    """A file system of a kind, in a file that is a loop device."""
    image, place = folder / f"{kind}.image", folder / kind
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(6 * GIB)
    try:
        subprocess.run([f"mkfs.{kind}", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
        try:
            yield place
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)
    finally:
        image.unlink()


def sharing_rows(folder: Path, rounds: int) -> Iterator[Row]:
    """Muxing and demuxing with shared blocks against copying the same GiB there."""
    if not can_mount():
        raise Skipped("root, mkfs.btrfs, mkfs.xfs and mount are needed")
    for kind in ("btrfs", "xfs"):
        with mounted(kind, folder) as place:
            model = write_model(place / "model.nnr", GIB, 1_000)
            movie, target = place / "model.mp4", place / "target"
            mux(model, movie)
            for what, source, run in (
                ("mux", model, partial(mux, model, target)),
                ("demux", movie, partial(demux, movie, target)),
            ):
                taken = alternately(
                    {"ours": run, "cp": partial(cp, source, target)}, rounds, fresh(target)
                )
                yield Row(
                    f"{what} 1 GiB, 1,000 units on {kind}",
                    taken["ours"],
                    taken["cp"],
                    "`cp --reflink=never`",
                )
