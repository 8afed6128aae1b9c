"""The boxes that our dump shows are at least those that mp4box.js shows, file by file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr.operations.dump import dump
from tests.outside.programs import node_script
from tests.paths import FIXTURES, SHARED

FOLDERS = (FIXTURES / "mp4", SHARED / "mp4")
SUFFIXES = {".mp4", ".m4s", ".mov", ".m4a", ".m4v", ".f4v", ".3gp", ".ismv", ".heic", ".avif"}
SUFFIXES |= {".cmfv", ".cmfa", ".cmft", ".mp4a"}
FILES = [
    path
    for folder in FOLDERS
    if folder.is_dir()
    for path in sorted(folder.iterdir())
    if path.suffix in SUFFIXES
]
REFUSED = {
    "hand_rare_properties.heic",
    "hand_sgpd_alone.mp4",
    "hand_stbl_rare.mp4",
    "hand_trgr_ster.mp4",
    "mp4box_tags.mp4",
}
"""Files that mp4box.js gives up with an exception of its own."""


def count_types(value: Any, counts: Counter[str]) -> None:
    """Count the boxes and sample entries in whatever a dump holds."""
    if isinstance(value, dict):
        code = value.get("type", value.get("format"))
        if isinstance(code, bytes):
            counts[code.decode("latin-1").rstrip(" ")] += 1
        for item in value.values():
            count_types(item, counts)
    elif type(value).__name__ == "ListContainer":  # rows of tables are no boxes
        for item in value:
            count_types(item, counts)


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    report: dict[str, Any] = node_script("mp4box_types.mjs", *FILES)
    return report


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_box_is_missing(path: Path, theirs: dict[str, Any]):
    report = theirs[str(path)]
    if "error" in report:
        assert path.name in REFUSED, report["error"]
        return
    ours: Counter[str] = Counter()
    for box in dump(path):
        count_types(box, ours)
    expected = Counter[str]()
    for code, number in report["counts"].items():
        expected[code.rstrip(" ")] += number
    missing = dict(expected - ours)
    assert missing == {}
