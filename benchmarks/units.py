"""Time per unit."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pymp4_nnr import demux, mux, split
from pymp4_nnr.bitstream.unit_walk import walk
from pymp4_nnr.io.source import open_source

from .copying import cp
from .measure import Row, alternately, fresh
from .models import MIB, write_model


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """The splitter by bitstring and by integers; then a million units."""
    count = 100_000
    model = write_model(folder / "model.nnr", 8 * MIB, count)
    taken = alternately(
        {
            "walk": lambda: deque(walk(open_source(model)), 0),
            "split": lambda: deque(split(model), 0),
        },
        rounds,
    )
    yield Row(
        "`walk`, per unit", taken["walk"] / count, taken["split"] / count, "`split`, per unit"
    )
    count = 1_000_000
    write_model(model, 64 * MIB, count)
    movie, target = folder / "model.mp4", folder / "target"
    mux(model, movie)

    taken = alternately(
        {
            "mux": partial(mux, model, target),
            "demux": partial(demux, movie, target),
            "cp": partial(cp, model, target),
        },
        rounds,
        fresh(target),
    )
    for name in ("mux", "demux"):
        yield Row(f"{name} 64 MiB, 1,000,000 units", taken[name], taken["cp"], "`cp`")
    for path in (model, movie, target):
        path.unlink(missing_ok=True)
