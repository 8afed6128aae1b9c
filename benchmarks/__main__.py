"""Prints all benchmarks as Markdown tables, with the machine that they ran on."""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pymp4_nnr

from . import copying, delivery, lookup, startup, stock, tables, units, video
from .measure import Row, Skipped, table

Rows = Callable[[Path, int], Iterator[Row]]

BENCHMARKS: dict[str, tuple[str, Rows]] = {
    "copying": ("Copying, page cache warm", copying.rows),
    "sharing": ("Sharing blocks", copying.sharing_rows),
    "stock": ("Whole files in memory", stock.rows),
    "tables": ("Sample tables of 100,000 entries", tables.rows),
    "lookup": ("Tensors by name", lookup.rows),
    "units": ("Units", units.rows),
    "video": ("An hour of video, 216,000 samples", video.rows),
    "append": ("Rounds", delivery.append_rows),
    "stream": ("Streams through pipes", delivery.stream_rows),
    "fragments": ("10,000 fragments", delivery.fragment_rows),
    "startup": ("Starting up", startup.rows),
}


def machine(folder: Path) -> str:
    """The machine in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = subprocess.run(
        ["df", "--output=fstype", folder], capture_output=True, text=True
    ).stdout.split()[-1]
    return (
        f"{os.cpu_count()} cores ({processor()}), {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}, {kind}; "
        f"Python {platform.python_version()}, pymp4 {version('pymp4')}"
    )


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHMARKS)}; by default all")
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each, by turns")
    parser.add_argument("--folder", help="where files are made (5 GiB), by default a temporary one")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    # As pip does: a checkout is not compiled where PYTHONDONTWRITEBYTECODE is set.
    compileall.compile_dir(Path(pymp4_nnr.__file__).parent, quiet=2)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        print(f"Medians of {arguments.rounds} by turns, on {machine(folder)}.")
        for key in arguments.names or BENCHMARKS:
            title, rows = BENCHMARKS[key]
            try:
                print(f"\n{table(title, list(rows(folder, arguments.rounds)))}", flush=True)
            except Skipped as reason:
                print(f"\n{title}: skipped, because {reason}.", flush=True)


if __name__ == "__main__":
    main()
