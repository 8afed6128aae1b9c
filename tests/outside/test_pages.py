"""Commands of the README and the documentation, run as they stand, in their order.

Those of the README and of the quick start run in an empty folder, in the environment of the codec;
those of the recipes in a folder with a bitstream and a video. All blocks of a page in `sh` and
`python` are one sequence; `pip install` lines are left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import pymp4_nnr
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.paths import ROOT
from tests.remote.nginx import run_nginx

from .muxers import need_module
from .programs import missing, need

CODEC = ROOT / ".venv-nnc" / "bin" / "python"
SHELL = 'set -eu\npip() { :; }\npymp4-nnr() { "$PYTHON" -m pymp4_nnr "$@"; }\n'


class Step(NamedTuple):
    """A block of a page.

    Attributes:
        needs: what the comment before it names: a program, or nothing.
        language: `sh` or `python`.
        code: what it says.
    """

    needs: str
    language: str
    code: str


def steps(page: str) -> list[Step]:
    """The blocks of a page that can be run, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(
        r"^(?:<!-- (\w+) -->\n)?```(sh|python)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL
    )
    return [Step(*one) for one in found]


def run(step: Step, folder: Path, python: Path | str, server: str = "") -> str:
    environment = {
        **os.environ,
        "PYTHON": str(python),
        "PYTHONPATH": str(ROOT),
        "SERVER": server,
    }
    is_python = step.language == "python"
    command = [str(python), "-c", step.code] if is_python else ["bash", "-c", SHELL + step.code]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{step.code}\n{done.stdout[-500:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.parametrize("page", ["README.md", "docs/quick-start.md"])
def test_commands_follow_each_other(page: str, tmp_path: Path) -> None:
    need("ffmpeg")
    if not CODEC.exists():
        missing("the NNC codec is not installed: run scripts/nnc/install.sh")
    found = [step for step in steps(page) if not step.code.startswith(("make ", "pip install"))]
    assert len(found) >= 3
    assert any("pymp4-nnr encode" in step.code for step in found)
    assert any("pymp4-nnr mux" in step.code for step in found)
    for step in found:
        run(step, tmp_path, CODEC)
    assert (tmp_path / "restored.nnr").read_bytes() == (tmp_path / "model.nnr").read_bytes()


def test_recipes(tmp_path: Path) -> None:
    folder, server = tmp_path / "folder", tmp_path / "server"
    folder.mkdir(), server.mkdir()
    for program in ("ffmpeg", "curl", "jq", "gst-launch-1.0"):
        need(program)
    for module in ("av", "dask"):
        need_module(module)
    fc = named_ndu("fc.weight", bytes(range(200)))
    ndus = named_ndu("conv.weight", bytes(300)) + fc + named_ndu("fc.bias", bytes(7))
    (folder / "model.nnr").write_bytes(EDITION_2 + ndus)
    make_video = "ffmpeg -loglevel error -f lavfi -i testsrc=size=64x64:rate=25:duration=2 "
    run(Step("", "sh", make_video + "-pix_fmt yuv420p video.mp4"), folder, sys.executable)
    with run_nginx(folder, server) as nginx:
        for step in steps("docs/recipes.md"):
            if step.needs != "MP4Box" or shutil.which("MP4Box"):
                run(step, folder, sys.executable, nginx.url("").rstrip("/"))
    assert (folder / "layer.ndu").read_bytes() == fc
    assert (folder / "fc.nnr").read_bytes() == EDITION_2 + fc
    assert (folder / "ndus.bin").read_bytes() == ndus
    assert (folder / "packets.bin").read_bytes() == ndus
    if shutil.which("MP4Box"):
        parts = sorted((folder / "dash").glob("*.m4s"))
        networks = []
        for first in sorted((folder / "dash").glob("*.mp4")):
            stem = first.stem.removesuffix("init")
            own = [part for part in parts if part.name.startswith(stem)]
            with pymp4_nnr.open([first, *own]) as file:
                networks += [b"".join(unit.data for unit in net.units) for net in file.networks]
        assert networks == [EDITION_2 + ndus]
