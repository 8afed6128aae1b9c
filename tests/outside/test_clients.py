"""Packages that work on pymp4 do with pymp4-nnr registered what they do without.

They are installed into an environment of their own, in which pymp4-nnr is registered when Python
starts, before any of them is imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.outside.programs import missing
from tests.paths import FIXTURES, ROOT

CLIENTS = Path(__file__).resolve().parent / "clients"
PACKAGES = ("pywidevine==1.9.0", "pycaption==2.3.14")
MP4 = FIXTURES / "mp4"
HEADERS = ["mp4box_pssh.mp4", "hand_saiz_saio_pssh.mp4"]
SUBTITLES = [
    "mp4box_wvtt.mp4",
    "mp4box_frag_wvtt.mp4",
    "mp4box_frag_stpp.mp4",
    "subtitles_stpp.mp4",
]
AT_START = """import os; exec(os.environ.get("REGISTER_AT_START", ""))\n"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the packages."""
    folder = tmp_path_factory.mktemp("clients")
    venv.create(folder, with_pip=True)
    interpreter = folder / "bin" / "python"
    command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *PACKAGES, str(ROOT)], capture_output=True, text=True, timeout=600
    )
    if done.returncode:
        missing(f"{' and '.join(PACKAGES)} cannot be installed: {done.stderr.strip()[-200:]}")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    (site / "register_at_start.pth").write_text(AT_START)
    return interpreter


def printed(python: Path, script: str, files: list[str], register: str | None) -> str:
    """What a client prints about files."""
    start = f"import pymp4_nnr; pymp4_nnr.register({register})" if register is not None else ""
    done = subprocess.run(
        [python, "-W", "ignore", CLIENTS / script, *(MP4 / name for name in files)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "REGISTER_AT_START": start},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("register", ["", "repair=False"])
def test_protection_headers_with_pywidevine(python: Path, register: str) -> None:
    script = "headers_with_pywidevine.py"
    expected = printed(python, script, HEADERS, None)
    assert "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed" in expected
    assert "for PlayReady" in expected and "DecodeError" in expected
    assert printed(python, script, HEADERS, register) == expected


@pytest.mark.parametrize("register", ["", "repair=False"])
def test_subtitles_with_pycaption(python: Path, register: str) -> None:
    script = "subtitles_with_pycaption.py"
    expected = printed(python, script, SUBTITLES, None)
    assert "The first line\nand the second" in expected and "Grüße, in bold" in expected
    assert "Hello net" in expected
    assert printed(python, script, SUBTITLES, register) == expected


def test_extended_reads_the_same_text(python: Path) -> None:
    """There are more boxes to walk over, and the same subtitles in them."""
    script = "subtitles_with_pycaption.py"
    lines = [
        [
            line
            for line in printed(python, script, SUBTITLES, mode).splitlines()
            if "[b'" not in line
        ]
        for mode in (None, "extended=True")
    ]
    assert lines[0] == lines[1] and len(lines[0]) > 20
