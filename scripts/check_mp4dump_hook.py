"""Check the hook on pymp4's `mp4dump` in real environments, and measure its start-up time.

    python scripts/check_mp4dump_hook.py [PROJECT]

For a normal and for an editable installation it makes a virtual environment, installs pymp4, then
this package, runs `mp4dump`, switches the hook off, and uninstalls the package. At each step it
checks which of the two `mp4dump`s runs, that all files of the hook are recorded and removed again,
and that start-up imports nothing else. Needs pip with access to a package index.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
HOOK_FILES = ("_pymp4_nnr_mp4dump.py", "pymp4_nnr_mp4dump.pth")
RUNS = 200
# ftyp, and an mdat with two bytes: pymp4's own mp4dump prints them, ours prints their place.
SAMPLE = bytes.fromhex("00000010667479706d703432000000000000000a6d646174") + b"\xab\xcd"
OURS = "2 bytes at offset 24, not read"


def run(*command: str | Path, **environment: str) -> str:
    """Run a command; its standard output and error. Raises CalledProcessError where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"failed with {done.returncode}: {command}\n{done.stdout}")
    return done.stdout


def check(condition: bool, what: str) -> None:
    """Print a line, and exit with an error if the condition does not hold."""
    print(f"  {'ok' if condition else 'FAILED'}: {what}")
    if not condition:
        raise SystemExit(1)


def fastest(times: list[float]) -> float:
    """Median of the fastest tenth."""
    return statistics.median(sorted(times)[: len(times) // 10])


def startup_milliseconds(python: Path, pth: Path) -> tuple[float, float]:
    """Wall times of an interpreter that does nothing, without and with the hook, in turn.

    Of each kind the fastest tenth is looked at: other work on the machine only ever adds.
    """
    hidden = pth.with_suffix(".off")
    times: tuple[list[float], list[float]] = ([], [])
    for run_number in range(2 * RUNS):
        with_hook = run_number % 2
        if not with_hook:
            pth.rename(hidden)
        start = time.perf_counter()
        subprocess.run([python, "-c", "pass"], check=True)
        times[with_hook].append((time.perf_counter() - start) * 1000)
        if not with_hook:
            hidden.rename(pth)
    return fastest(times[0]), fastest(times[1])


def try_out(folder: Path, name: str, install: list[str | Path], file: Path) -> None:
    """Go through the life of one installation."""
    print(f"{name} installation")
    environment = folder / name
    run(sys.executable, "-m", "venv", environment)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    python, mp4dump = binaries / "python", binaries / "mp4dump"
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "-q"]
    run(*pip, "install", "pymp4>=1.4,<2")
    purelib = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    )
    check(OURS not in run(mp4dump, file), "pymp4's own mp4dump answers before")

    run(*pip, "install", *install)
    records = list(purelib.glob("pymp4_nnr-*.dist-info/RECORD"))
    recorded = records[0].read_text() if records else ""
    for hook_file in HOOK_FILES:
        check((purelib / hook_file).is_file(), f"{hook_file} is installed")
        check(f"\n{hook_file}," in f"\n{recorded}", f"{hook_file} is in RECORD")
    check(OURS in run(mp4dump, file), "ours answers once the package is installed")
    off = run(mp4dump, file, PYMP4_NNR_MP4DUMP="0")
    check(OURS not in off, "PYMP4_NNR_MP4DUMP=0 gives pymp4's own back")
    loaded = run(python, "-c", "import sys; print(*sys.modules)").split()
    strays = [module for module in loaded if module.startswith(("pymp4", "construct", "bitstring"))]
    check("_pymp4_nnr_mp4dump" in loaded and not strays, "start-up imports the hook alone")
    library = "import sys, pymp4.parser, pymp4.util; print('pymp4_nnr' in sys.modules)"
    check(run(python, "-c", library).strip() == "False", "importing pymp4's parser imports nothing")
    profile = run(python, "-X", "importtime", "-c", "pass")
    line = next(line for line in profile.splitlines() if line.endswith("_pymp4_nnr_mp4dump"))
    print(f"  -X importtime, self and cumulative in microseconds: {line.strip()}")
    without, with_hook = startup_milliseconds(python, purelib / HOOK_FILES[1])
    cost = with_hook - without
    print(
        f"  start-up, the fastest of {RUNS}: {without:.2f} ms without the hook,"
        f" {with_hook:.2f} ms with it"
    )
    check(cost < 1, f"the hook costs {cost:.2f} ms, less than one")

    run(*pip, "uninstall", "-y", "pymp4-nnr")
    check(not any((purelib / hook_file).exists() for hook_file in HOOK_FILES), "the files are gone")
    check(OURS not in run(mp4dump, file), "pymp4's own mp4dump answers again")


def main() -> int:
    """Check both kinds of installation."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "sample.mp4"
        file.write_bytes(SAMPLE)
        project = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else PROJECT
        try_out(folder, "normal", [project], file)
        try_out(folder, "editable", ["-e", project], file)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
