"""Install packages and do the main job with them: python scripts/check_installed.py FILE...

Each file, a wheel or an sdist, is installed alone in a new virtual environment. In an empty folder
its commands then store a bitstream in an MP4 file, show it, restore it and compare. Needs pip with
access to a package index, and `fixtures/nnr` of this project.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

STREAM = Path(__file__).resolve().parent.parent / "fixtures" / "nnr" / "lenet5.nnr"
LIBRARY = """
import pymp4_nnr
pymp4_nnr.register()
from pymp4.parser import Box
with open("model.mp4", "rb") as file:
    ftyp, moov = Box.parse_stream(file), Box.parse_stream(file)
data = Box.build(ftyp) + Box.build(moov)
print(open("model.mp4", "rb").read().startswith(data), pymp4_nnr.__file__)
"""


def run(folder: Path, *command: str | Path) -> str:
    """Standard output of a command; exits with its words where it fails."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    environment = {key: value for key, value in os.environ.items() if key not in hidden}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"failed with {done.returncode}: {command}\n{done.stdout}{done.stderr}")
    return done.stdout


def check(condition: bool, what: str) -> None:
    """Print a line, and exit with an error if the condition does not hold."""
    print(f"  {'ok' if condition else 'FAILED'}: {what}")
    if not condition:
        raise SystemExit(1)


def try_out(package: Path, folder: Path) -> None:
    """Install one file and use what it brings."""
    print(package.name)
    environment, here = folder / "environment", folder / "empty"
    here.mkdir()
    run(here, sys.executable, "-m", "venv", environment)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    python, program = binaries / "python", binaries / "pymp4-nnr"
    run(here, python, "-m", "pip", "--disable-pip-version-check", "-q", "install", package)
    run(here, program, "mux", STREAM, "-o", "model.mp4")
    shown = run(here, program, "info", "model.mp4", "--tensors")
    check("conv1.weight" in shown, "info shows the tensors")
    run(here, program, "demux", "model.mp4", "-o", "restored.nnr")
    same = (here / "restored.nnr").read_bytes() == STREAM.read_bytes()
    check(same, "the bitstream is restored byte for byte")
    run(here, program, "verify", "model.mp4", "--against", STREAM)
    by_module = run(here, python, "-m", "pymp4_nnr", "--version")
    check(by_module == run(here, program, "--version"), "python -m pymp4_nnr is the same program")
    dumped = run(here, binaries / "mp4dump", "model.mp4")
    check("nnrC" in dumped and "not read" in dumped, "mp4dump shows the NNR track")
    same_bytes, where = run(here, python, "-c", LIBRARY).split(maxsplit=1)
    check(same_bytes == "True", "pymp4 rebuilds the file after register()")
    check(Path(where.strip()).is_relative_to(environment), "the installed package was used")
    run(here, python, "-m", "pip", "check")


def main() -> int:
    """Try out each file in an environment of its own."""
    for package in map(Path, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as name:
            try_out(package.resolve(), Path(name))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
