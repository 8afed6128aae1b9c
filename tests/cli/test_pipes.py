"""Standard input and output: the same bytes as files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.nnr.large_streams import LAYER, PARAMETERS, START, ndu

SMALL = START + PARAMETERS + ndu(20) + LAYER + ndu(33_000, independent=False)
LARGE = START + PARAMETERS + ndu(3 << 20) + LAYER + b"".join(ndu(300_000) for _ in range(9))


def run(*arguments: str | Path, given: bytes = b"") -> bytes:
    """Standard output of the command."""
    command = [sys.executable, "-c", "from pymp4_nnr.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, input=given, check=True, capture_output=True).stdout


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_pipes_carry_what_files_hold(data: bytes, tmp_path: Path) -> None:
    model, movie, restored = tmp_path / "model.nnr", tmp_path / "model.mp4", tmp_path / "out.nnr"
    model.write_bytes(data)
    run("mux", model, "-o", movie)
    run("demux", movie, "-o", restored)
    assert restored.read_bytes() == data
    muxed = movie.read_bytes()
    assert run("mux", "-", "-o", "-", given=data) == muxed
    assert run("mux", model, "-o", "-") == muxed
    assert run("demux", movie, "-o", "-") == data
    assert run("demux", "-", "-o", "-", given=muxed) == data
    again = tmp_path / "again.mp4"
    run("mux", "-", "-o", again, given=data)
    assert again.read_bytes() == muxed


def test_standard_output_that_is_a_file(tmp_path: Path) -> None:
    """It is written from where it is, not from its start."""
    model, movie, both = tmp_path / "model.nnr", tmp_path / "model.mp4", tmp_path / "both"
    model.write_bytes(LARGE)
    run("mux", model, "-o", movie)
    code = "from pymp4_nnr.cli import main; main()"
    for mode in ("wb", "ab"):
        both.write_bytes(b"before" if mode == "ab" else b"")
        with both.open(mode) as file:
            file.write(b"" if mode == "ab" else b"before")
            file.flush()
            command = [sys.executable, "-c", code, "mux", model, "-o", "-"]
            subprocess.run(command, stdout=file, check=True)
        assert both.read_bytes() == b"before" + movie.read_bytes()
