"""Time to read one tensor by name, which does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pymp4_nnr import mux
from pymp4_nnr.operations.inspect import FileInfo

from .measure import Row, alternately
from .models import GIB, MIB, tensor_name, write_model

UNITS = 200


def read_one(movie: Path) -> None:
    """Open a file, find a tensor by name, and read the start of its unit."""
    with FileInfo(movie) as file:
        for part in file.tensors(file.track()).tensors[tensor_name(UNITS // 2)]:
            part.unit.read(0, 4096)


def rows(folder: Path, rounds: int) -> Iterator[Row]:
    """The same number of tensors in files of 16 MiB and 1 GiB."""
    movies = {}
    for name, size in (("small", 16 * MIB), ("large", GIB)):
        model = write_model(folder / f"{name}.nnr", size, UNITS)
        movies[name] = folder / f"{name}.mp4"
        mux(model, movies[name])
        model.unlink()
    taken = alternately({name: partial(read_one, movie) for name, movie in movies.items()}, rounds)
    for movie in movies.values():
        movie.unlink()
    yield Row(f"find one of {UNITS} tensors in 1 GiB", taken["large"], taken["small"], "in 16 MiB")
