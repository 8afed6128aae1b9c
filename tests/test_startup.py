"""What is imported, and when: starting up must not cost what is not used."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "asyncio",
    "bitstring",
    "construct",
    "http.client",
    "mmap",
    "multiprocessing",
    "numpy",
    "pymp4",
    "rich",
    "ssl",
    "tempfile",
    "urllib.request",
    "xml",
}


def imported(code: str) -> set[str]:
    """The modules that a new interpreter has after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    found = imported("import pymp4_nnr")
    assert not found & HEAVY
    ours = {name for name in found if name.startswith("pymp4_nnr")}
    assert ours == {"pymp4_nnr"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["mux", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    found = imported(f"from pymp4_nnr.cli import main\nmain({arguments}, standalone_mode=False)")
    # click's pager has a use for temporary files
    assert not found & (HEAVY - {"tempfile"})
    assert not any(
        name.startswith(("pymp4_nnr.media", "pymp4_nnr.boxes", "pymp4_nnr.bitstream"))
        for name in found
    )


def test_bitstreams_do_without_pymp4() -> None:
    assert not imported("import pymp4_nnr; pymp4_nnr.split") & {"pymp4", "construct", "rich"}


def test_muxing_does_without_what_only_talks() -> None:
    assert not imported("import pymp4_nnr; pymp4_nnr.mux, pymp4_nnr.demux") & {"click", "rich"}
