"""The work on files of strangers grows as they do: calls are counted, no time is measured.

`scripts/linear_work.py` does it with all attacks, all operations, and larger files.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pymp4_nnr.boxes.reader import MOST_AGAIN
from scripts.linear_work import (
    GROWTH,
    Work,
    allowed,
    counted,
    done,
    growth,
    growths,
    in_child,
    measured,
    written,
)

CASES = [
    ("nested_rest", "register()", 4000),
    ("nested_rest", "register(extended)", 200),
    ("nested_visual", "register()", 4000),
    ("trexes_by_moofs", "mux(into=FILE)", 60),
    ("trexes_by_moofs", "remove()", 60),
    ("tracks_by_moofs", "mux(into=FILE)", 12),
    ("tracks_by_moofs", "demux()", 12),
    ("many_mdats", "mux(into=FILE)", 600),
    ("many_moov_boxes", "remove()", 400),
    ("many_trefs", "mux(into=FILE)", 100),
    ("items_across", "mux(into=FILE)", 100),
    ("saiz_by_senc", "register(extended)", 60),
    ("groups_overlap", "demux()", 60),
    ("overlap_runs", "demux FILE", 60),
    ("moofs_without_media", "stream()", 300),
    ("patterns", "demux()", 40),
    ("patterns", "check()", 40),
    ("carriers_by_trafs", "check()", 30),
    ("networks_share", "check()", 20),
    ("networks_share", "open()", 20),
    ("sencs", "check()", 100),
    ("metas_by_traks", "check()", 200),
    ("sidx_by_free", "check()", 60),
    ("empty_trafs", "check()", 60),
    ("wrong_descriptions", "check()", 60),
    ("entries_by_trafs", "check()", 60),
    ("descriptions", "info --tensors --json FILE", 80),
    ("networks_end", "open()", 60),
    ("tiny_units.nnr", "mux()", 600),
    ("late_configuration.nnr", "mux(fragment)", 200),
    ("late_configuration.nnr", "append(): as round", 200),
]
"""Attacks, operations, and the smallest of three sizes."""


@pytest.mark.parametrize(("name", "operation", "size"), CASES, ids=lambda one: str(one))
def test_calls_grow_with_the_bytes(name: str, operation: str, size: int) -> None:
    sizes = (size, 2 * size, 4 * size)
    ((_, ratio, works),) = growths(name, sizes, operation)
    assert ratio <= GROWTH, works


def test_work_that_is_quadratic_is_found() -> None:
    def compare_all(size: int) -> int:
        names = [str(number) for number in range(size // 40)]
        return sum(one.startswith(other) for one in names for other in names) * 0

    works = [counted(partial(compare_all, size), size) for size in (40, 1600, 3200, 6400)]
    assert growth(*works) > 1.5 * GROWTH


def test_what_pymp4_cannot_rebuild_is_parsed_again_within_a_limit(tmp_path: Path) -> None:
    """Without a limit, this file takes 30 times the calls of our own definitions."""
    path = written("nested_rest", 1000, tmp_path / "one")

    def work(name: str) -> Work:
        return in_child(partial(done, name, path, partial(counted, size=path.stat().st_size)))

    assert work("register()").calls < 3 * (1 + MOST_AGAIN) * work("register(extended)").calls


LARGE = [
    ("empty_runs", "check()", 1000),
    ("tiny_configuration.nnr", "mux()", 60000),
    ("tiny_units.nnr", "decode(): headers", 45000),
    ("dense_patterns", "check()", 200000),
    ("dense_units", "check()", 100000),
    ("dense_levels", "check()", 200000),
    ("empty_encryption", "register()", 50000),
    ("item_properties", "dump --json FILE", 1000),
    ("many_moov_boxes", "dump --json FILE", 120000),
]
"""Attacks, operations, and sizes of files with which these needed more memory than is allowed.

Of `empty_runs`, `check` listed the sizes of 40 million samples: 41 KB took 320 MB.
Units of three bytes took 1400 bytes in `mux` and 1800 in `decode`, rows of a few bytes 700 each.
"""


@pytest.mark.parametrize(("name", "operation", "size"), LARGE, ids=lambda one: str(one))
def test_memory_is_within_the_limit(name: str, operation: str, size: int, tmp_path: Path) -> None:
    path = written(name, size, tmp_path / "one")
    cost = in_child(partial(done, operation, path, measured))
    assert cost.memory < allowed(path.stat().st_size)
