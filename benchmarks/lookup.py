"""Time to read one tensor by name, which does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pymp4_nnr import mux, open
from pymp4_nnr.operations.inspect import FileInfo

from .measure import Row, alternately
from .models import GIB, MIB, tensor_name, write_model
from .sparse import write_sparse_movie

UNITS = 200
MANY = 10_000
LIMIT = 5e-3
"""Seconds that opening may take, and finding a tensor afterwards."""


def read_one(movie: Path) -> None:
    """Open a file, find a tensor by name, and read the start of its unit."""
    with FileInfo(movie) as file:
        for part in file.tensors(file.track()).tensors[tensor_name(UNITS // 2)]:
            part.unit.read(0, 4096)


def open_one(movie: Path) -> None:
    """Open a file."""
    open(movie).close()


def find_one(movie: Path) -> None:
    """Open a file, and find where a tensor lies by its name."""
    with open(movie) as file:
        assert file.networks[0].tensors[tensor_name(MANY // 2)].byte_ranges


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
    movie = folder / "sparse.mp4"
    write_sparse_movie(movie, 10 * GIB, MANY)
    runs = {"open": partial(open_one, movie), "find": partial(find_one, movie)}
    taken = alternately(runs, rounds)
    movie.unlink()
    what = f"10 GiB, {MANY:,} tensors, with the index in the file"
    yield Row(f"`open` {what}", taken["open"], LIMIT, "the limit")
    yield Row(f"`open`, and one tensor by name: {what}", taken["find"], 2 * LIMIT, "the limit")
