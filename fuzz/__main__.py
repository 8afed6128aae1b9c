"""Run harnesses with atheris: `python -m fuzz NAME... [--seconds N]`; all of them without a name.

The corpus grows in `fuzz/found/NAME/corpus`. An input that makes a harness fail is kept beside it,
one for each place where it failed; `python -m fuzz NAME --input FILE` runs it again.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import random
import re
import subprocess
import sys
import traceback
import warnings
from pathlib import Path

from . import FOUND
from .harnesses import NAMES

OPTIONS = ("-max_len=8192", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=int, default=60, help="for each harness")
    parser.add_argument("--input", type=Path, help="run this one input")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.names or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"no harness {', '.join(sorted(unknown))}")
    if options.input:
        for name in names:
            importlib.import_module(f"fuzz.harnesses.{name}").run(options.input.read_bytes())
        return 0
    if options.here:
        fuzz(names[0], options.seconds)
    return sum(campaign(name, options.seconds) for name in names) and 1


def campaign(name: str, seconds: int) -> int:
    """Run a harness in a process of its own, print a line, and return the number of findings."""
    folder = FOUND / name
    before = _findings(folder)
    command = [sys.executable, "-m", "fuzz", name, "--seconds", str(seconds), "--here"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    said = done.stdout + done.stderr
    runs = re.search(r"number_of_executed_units: (\d+)", said)
    memory = re.search(r"peak_rss_mb: +(\d+)", said)
    slowest = re.search(r"slowest_unit_time_sec: +(\d+)", said)
    new = sorted(_findings(folder) - before)
    print(
        f"{name:15} {runs[1] if runs else '?':>9} inputs, {len(new)} findings; "
        f"slowest {slowest[1] if slowest else '?'} s, {memory[1] if memory else '?'} MB",
        flush=True,
    )
    for one in new:
        print(f"    {one}", flush=True)
    for line in re.findall(r"^FINDING .*$", said, re.MULTILINE):
        print(f"    {line}", flush=True)
    if runs is None:
        print(said[-2000:])
    return len(new) + (runs is None)


def _findings(folder: Path) -> set[str]:
    return {str(path) for path in folder.glob("*") if path.is_file()}


def fuzz(name: str, seconds: int) -> None:
    """Run a harness with atheris in this process, which ends with it."""
    import atheris

    warnings.simplefilter("error")
    with atheris.instrument_imports(include=["pymp4_nnr", "pymp4"]):
        harness = importlib.import_module(f"fuzz.harnesses.{name}")
    from .corpus import corpus
    from .mutations import mutated

    inputs = corpus(harness.KIND)
    folder = FOUND / name
    seeds = folder / "corpus"
    seeds.mkdir(parents=True, exist_ok=True)
    for data in inputs:
        (seeds / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    seen: set[str] = set()

    def run(data: bytes) -> None:
        try:
            harness.run(data)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__} in {where.name}"
            if what in seen:
                return
            seen.add(what)
            path = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', what)}-{len(data)}"
            path.write_bytes(data)
            print(f"FINDING {path.name}: {error}"[:300], flush=True)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        """libFuzzer's own changes, which follow what is covered, or changes of boxes."""
        random_ = random.Random(seed)
        if random_.randrange(2):
            return bytes(atheris.Mutate(data, max_size))
        return mutated(data, random_, inputs)[:max_size]

    limits = [f"-max_total_time={seconds}", f"-artifact_prefix={folder}/"]
    atheris.Setup(
        [sys.argv[0], *limits, *OPTIONS, str(seeds)],
        run,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    raise SystemExit(main())
