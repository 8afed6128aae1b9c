"""Checks in environments of their own: other versions of Python, and the packages that users get.

    nox                          # everything below, with the interpreters that are found
    nox -s tests-3.12            # a quick, meaningful part of the tests on one version
    nox -s tests-3.12 -- tests   # all tests there
    nox -s package               # wheel and sdist: built, checked, installed, used
    nox -s docs                  # the documentation, strictly, in build/site; its notebook

A version of Python that is not installed is skipped, unless `--error-on-missing-interpreters` is
given. `.ci/run` runs all tests on one version, so those of the others are the quick part here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13")
QUICK = (
    "tests/bitstream",
    "tests/cli/test_mp4dump.py",
    "tests/cli/test_round_trip.py",
    "tests/movie/test_fragments.py",
    "tests/movie/test_legal_layouts.py",
    "tests/operations/test_demux.py",
    "tests/operations/test_mux.py",
    "tests/operations/test_reader.py",
    "tests/operations/test_same_bytes.py",
    "tests/plugin/test_idioms.py",
    "tests/plugin/test_registration.py",
    "tests/test_layers.py",
    "tests/test_public_api.py",
    "tests/test_startup.py",
)

nox.options.sessions = [*(f"tests-{version}" for version in PYTHONS[1:]), "package", "docs"]
nox.options.error_on_missing_interpreters = False


def show_pyenv_versions() -> None:
    """Make pyenv's commands `python3.12` and others run, which do so only for chosen versions."""
    pyenv = shutil.which("pyenv")
    if pyenv is None or "PYENV_VERSION" in os.environ:
        return
    listed = subprocess.run([pyenv, "versions", "--bare"], capture_output=True, text=True)
    found = [name for name in listed.stdout.split() if name.rpartition(".")[0] in PYTHONS]
    if found:
        os.environ["PYENV_VERSION"] = ":".join(found)


show_pyenv_versions()


@nox.session(python=list(PYTHONS))
def tests(session: nox.Session) -> None:
    """The quick part of the tests, or what is named behind `--`."""
    session.install("--quiet", ".[test]")
    session.run("python", "-m", "pytest", *(session.posargs or QUICK))


@nox.session
def package(session: nox.Session) -> None:
    """Wheel and sdist, as an index would get them, and what they do in a clean environment."""
    session.install("--quiet", "build", "twine", "check-wheel-contents")
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--quiet", "--outdir", str(dist))
    files = sorted(dist.iterdir())
    session.run("twine", "check", "--strict", *map(str, files))
    session.run("check-wheel-contents", *map(str, dist.glob("*.whl")))
    session.run("python", "scripts/check_package.py", *map(str, files))
    # The script makes the clean environments itself: nothing of this one may be seen there.
    session.run("python", "scripts/check_installed.py", *map(str, files))


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, in which every warning is an error, and its notebook, which is run."""
    session.install("--quiet", ".[docs]")
    quiet = {"NO_MKDOCS_2_WARNING": "1"}  # about the next major version of MkDocs
    session.run("mkdocs", "build", "--strict", "--quiet", env=quiet)
    session.run("python", "-m", "pytest", "--nbmake", "-W", "default", "docs/notebooks")
