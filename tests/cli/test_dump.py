"""`pymp4-nnr dump`."""

from __future__ import annotations

from pathlib import Path

from pymp4_nnr import mux
from tests.cli.command import call
from tests.mp4.forge import read_boxes
from tests.nnr.streams import START, unit
from tests.paths import ROOT


def test_dump_shows_the_tree_without_media_data(files: Path) -> None:
    large = START + unit(5, b"media data" * 100_000, long=True)
    mux(large, files / "large.mp4")
    for name in ("in.mp4", "large.mp4"):
        result = call("dump", files / name)
        assert (result.exit_code, result.stderr) == (0, "")
        for word in ("nnr1", "nnrC", "NNR_STR", "stsz", "mdat"):
            assert word in result.stdout
        assert "media data" not in result.stdout
        lines = result.stdout.splitlines()
        entry = next(line for line in lines if "nnr1" in line)
        box = next(line for line in lines if "stsd" in line)
        assert len(entry) - len(entry.lstrip()) > len(box) - len(box.lstrip())
    mdat = read_boxes((files / "large.mp4").read_bytes())[-1]
    assert str(mdat.size) in result.stdout or str(mdat.size - 8) in result.stdout


def test_dump_of_any_file() -> None:
    for path in sorted((ROOT / "fixtures/mp4").glob("hand_*")):
        result = call("dump", path)
        assert (result.exit_code, result.stderr) == (0, ""), path
