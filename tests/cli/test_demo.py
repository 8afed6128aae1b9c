"""What `make demo` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.paths import FIXTURES, ROOT


@pytest.mark.skipif(os.name != "posix", reason="the demo is a shell script")
def test_the_demo_is_short_and_fits_80_columns(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "pymp4-nnr"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pymp4_nnr "$@"\n')
    program.chmod(0o755)
    (tmp_path / "fixtures/nnr").mkdir(parents=True)
    shutil.copy(FIXTURES / "nnr/plain.nnr", tmp_path / "fixtures/nnr/plain.nnr")
    done = subprocess.run(
        ["sh", ROOT / "scripts/demo.sh"],
        cwd=tmp_path,
        env=environment(PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", LC_ALL="C.UTF-8"),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) <= 80
    assert max(map(len, lines)) <= 80
    assert "bits per weight  10.55" in lines
    assert any("nnr_unit_type=NNR_MPS" in line for line in lines)
    assert lines[-1] == "demo/model.nnr and demo/restored.nnr are identical."
    demo = tmp_path / "demo"
    assert (demo / "restored.nnr").read_bytes() == (demo / "model.nnr").read_bytes()
