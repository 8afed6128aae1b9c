"""Start-up time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .measure import Row, alternately

CODES = {
    "nothing": "pass",
    "import pymp4_nnr": "import pymp4_nnr",
    "pymp4-nnr --help": "from pymp4_nnr.cli import main; main(['--help'])",
    "import pymp4.parser": "import pymp4.parser",
}


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """A new interpreter each time."""

    def start(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)

    taken = alternately({name: partial(start, code) for name, code in CODES.items()}, 3 * rounds)
    for name in list(CODES)[1:]:
        yield Row(f"`{name}`", taken[name], taken["nothing"], "`python -c pass`")
