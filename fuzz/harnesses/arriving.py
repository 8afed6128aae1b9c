"""`stream`: the same units as `open` gives, whatever the portions in which the file arrives."""

from __future__ import annotations

from collections.abc import Sequence

import pymp4_nnr
from pymp4_nnr.errors import NotStreamableError

from ..checks import EXPECTED

KIND = "movie"


def run(data: bytes) -> None:
    size = 1 + len(data) % 97
    found: list[bytes] = []
    error: Exception | None = None
    try:
        portions = (data[start : start + size] for start in range(0, len(data), size))
        for unit in pymp4_nnr.stream(portions):
            found.append(unit.data)
    except EXPECTED as problem:
        error = problem
    try:
        with pymp4_nnr.open(data) as file:
            if len(file.networks) != 1:
                return
            units = [unit.data for unit in file.networks[0].units]
    except EXPECTED:
        return
    if error is None:
        assert found == units
    elif isinstance(error, NotStreamableError):  # such as a fragment that plays before another
        assert _in_order(found, units)
    else:
        assert found == units[: len(found)]


def _in_order(some: Sequence[bytes], units: Sequence[bytes]) -> bool:
    """Whether units are some of others, in the same order."""
    others = iter(units)
    return all(unit in others for unit in some)
