"""A whole file in memory, against stock pymp4 with its arrays repaired."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pymp4.parser import MP4, Box

from pymp4_nnr import mux
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.plugin.pymp4_internals import ArraysRestored

from .measure import Row, alternately
from .models import MIB, write_model


def in_stock(run: Callable[[], Any]) -> Any:
    """Call with construct's arrays restored, without which pymp4 builds nothing."""
    arrays = ArraysRestored()
    arrays.apply()
    try:
        return run()
    finally:
        arrays.undo()


def parse(data: bytes) -> None:
    """Find every sample."""
    with Movie(data) as movie:
        track = movie.track()
        assert track.samples.sizes
        assert track.configurations


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """Parse a file of 64 MiB and 100,000 units, and build it."""
    path = write_model(folder / "model.nnr", 64 * MIB, 100_000)
    bitstream = path.read_bytes()
    path.unlink()
    built = io.BytesIO()
    mux(bitstream, built)
    data = built.getvalue()
    boxes = in_stock(lambda: MP4.parse(data))
    taken = alternately({"ours": lambda: parse(data), "stock": lambda: MP4.parse(data)}, rounds)
    what = "64 MiB, 100,000 units in memory"
    yield Row(f"parse {what}", taken["ours"], taken["stock"], "stock pymp4")
    taken = alternately(
        {
            "ours": lambda: mux(bitstream, io.BytesIO()),
            "stock": lambda: in_stock(lambda: [Box.build(box) for box in boxes]),
        },
        rounds,
    )
    yield Row(f"build {what}", taken["ours"], taken["stock"], "stock pymp4")
