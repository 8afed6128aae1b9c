"""`stream`: the same units as `open` gives, whatever the portions in which the file arrives."""

from __future__ import annotations

import pymp4_nnr

from ..checks import EXPECTED

KIND = "movie"


def run(data: bytes) -> None:
    size = 1 + len(data) % 97
    found: list[bytes] = []
    whole = True
    try:
        portions = (data[start : start + size] for start in range(0, len(data), size))
        for unit in pymp4_nnr.stream(portions):
            found.append(unit.data)
    except EXPECTED:
        whole = False
    try:
        with pymp4_nnr.open(data) as file:
            if len(file.networks) != 1:
                return
            units = [unit.data for unit in file.networks[0].units]
    except EXPECTED:
        return
    # `open` also reads what a stream cannot: then it has given the first units, or none.
    assert found == (units if whole else units[: len(found)])
