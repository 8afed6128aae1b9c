"""The work on files of strangers grows as they do: calls are counted, no time is measured.

`scripts/linear_work.py` does it with all attacks, and larger files.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pymp4_nnr import check
from pymp4_nnr.boxes.reader import MOST_AGAIN
from scripts.linear_work import (
    FREE,
    GROWTH,
    OF_MOVIES,
    PER_BYTE,
    Operation,
    counted,
    growth,
    in_child,
    measured,
    operations,
)
from scripts.make_broken import ATTACKS, file_name

CASES = [
    ("nested_rest", "pymp4", 200),
    ("nested_rest", "pymp4, extended", 200),
    ("trexes_by_moofs", "mux --into", 60),
    ("trexes_by_moofs", "remove", 60),
    ("tracks_by_moofs", "mux --into", 12),
    ("tracks_by_moofs", "demux", 12),
    ("many_mdats", "mux --into", 600),
    ("many_moov_boxes", "remove", 400),
    ("many_trefs", "mux --into", 100),
    ("saiz_by_senc", "pymp4, extended", 60),
    ("groups_overlap", "demux", 60),
    ("overlap_runs", "demux", 60),
    ("descriptions", "demux", 80),
    ("tiny_units.nnr", "mux", 600),
    ("late_configuration.nnr", "mux --fragment", 200),
]
"""Attacks, operations, and the smallest of three sizes."""


def grows(operation: Operation, name: str, size: int) -> float:
    """How fast the calls grow, compared with the bytes."""
    files = [ATTACKS[name].make(size * times) for times in (1, 2, 4)]
    counted(operation, files[0], file_name(name))  # what is imported and remembered the first time
    first, second, third = (counted(operation, data, file_name(name)) for data in files)
    return growth(first, second, third)


@pytest.mark.parametrize(("name", "operation", "size"), CASES, ids=lambda one: str(one))
def test_calls_grow_with_the_bytes(name: str, operation: str, size: int) -> None:
    assert grows(operations(name)[operation], name, size) <= GROWTH


def test_work_that_is_quadratic_is_found() -> None:
    def compare_all(path: Path) -> int:
        names = [str(number) for number in range(path.stat().st_size // 40)]
        return sum(one.startswith(other) for one in names for other in names) * 0

    assert grows(compare_all, "many_free", 200) > 1.5 * GROWTH


def test_what_pymp4_cannot_rebuild_is_parsed_again_within_a_limit() -> None:
    """Without a limit, this file takes 30 times the calls of our own definitions."""
    data = ATTACKS["nested_rest"].make(1000)
    for operation in (OF_MOVIES["pymp4"], OF_MOVIES["pymp4, extended"]):
        counted(operation, data, "warm.mp4")
    stock = counted(OF_MOVIES["pymp4"], data, "stock.mp4")
    own = counted(OF_MOVIES["pymp4, extended"], data, "own.mp4")
    assert stock.calls < 3 * (1 + MOST_AGAIN) * own.calls


def test_check_lists_no_samples_that_cost_no_bytes(tmp_path: Path) -> None:
    """Of 40 million samples, the size of each was listed: 41 KB took 320 MB."""
    path = tmp_path / "empty_runs.mp4"
    path.write_bytes(ATTACKS["empty_runs"].make(1000))

    def look(file: Path) -> int:
        return len(list(check(file)))

    assert in_child(partial(measured, look, path)).memory < FREE + PER_BYTE * path.stat().st_size
