"""What a unit costs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from pymp4_nnr import Movie, demux, mux, split
from pymp4_nnr.bitstream import open_source, walk

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
        "walk, per unit", taken["walk"] / count, taken["split"] / count, "`split` (bitstring)"
    )
    count = 1_000_000
    write_model(model, 64 * MIB, count)
    movie, target = folder / "model.mp4", folder / "target"
    mux(model, movie)

    def list_samples() -> None:
        with Movie(movie) as opened:
            deque(opened.track().headers(), 0)

    taken = alternately(
        {
            "mux": lambda: mux(model, target),
            "demux": lambda: demux(movie, target),
            "headers": list_samples,
        },
        rounds,
        fresh(target),
    )
    for what, name in (
        ("mux 1,000,000 units", "mux"),
        ("demux 1,000,000 units", "demux"),
        ("read 1,000,000 headers of samples", "headers"),
    ):
        yield Row(what, taken[name], taken["demux"], "demux")
    for path in (model, movie, target):
        path.unlink(missing_ok=True)
