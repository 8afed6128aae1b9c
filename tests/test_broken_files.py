"""fixtures/broken: one fault in each file, and every operation ends as its manifest says."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from pymp4_nnr import demux, mux, remove
from pymp4_nnr.movie.movie import Movie
from scripts.make_broken import ATTACKS, FOLDER, ITEM, file_name
from tests.nnr.streams import SIMPLE
from tests.paths import ROOT
from tests.round_trip import added, demuxed, removed

LISTED: list[dict[str, Any]] = json.loads((FOLDER / "manifest.json").read_text())["files"]


@pytest.fixture(scope="module")
def ended() -> dict[str, dict[str, str]]:
    """How each operation ends for each file, in a process of 1 GiB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.every_operation", *(FOLDER / e["name"] for e in LISTED)],
        capture_output=True,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["name"])
def test_every_operation_ends_as_listed(
    entry: dict[str, Any], ended: dict[str, dict[str, str]]
) -> None:
    there = {name: code for name, code in ended[entry["name"]].items() if code != "ok"}
    assert there == entry["gives"]


def test_the_files_are_those_that_the_script_makes() -> None:
    assert {entry["name"] for entry in LISTED} == {file_name(name) for name in ATTACKS}
    for entry in LISTED:
        made = ATTACKS[entry["name"].removesuffix(".mp4")]
        assert (FOLDER / entry["name"]).read_bytes() == made.make(made.size), entry["name"]


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("unknown_track")])
def test_a_new_track_is_not_taken_for_one_that_is_missing(name: str) -> None:
    """3 is the next number, but something in the file means a track 3 that is not there."""
    data = (FOLDER / f"{name}.mp4").read_bytes()
    both = added(data)
    (track,) = Movie(both).tracks
    assert track.track_id == 4
    assert demuxed(both) == SIMPLE
    assert len(removed(both)) == len(data), "nothing of the others is removed"


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("item_in")])
def test_items_move_with_their_data(name: str) -> None:
    data = (FOLDER / f"{name}.mp4").read_bytes()

    def item(file: bytes) -> bytes:
        at = file.index(b"iloc") + 20  # behind version, widths, count and the fields of the item
        offset, size = int.from_bytes(file[at : at + 4]), int.from_bytes(file[at + 4 : at + 8])
        return file[offset : offset + size]

    assert item(data) == ITEM
    both = added(data)
    assert both.index(ITEM) != data.index(ITEM), "it moves"
    assert item(both) == ITEM
    assert item(removed(both)) == ITEM


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("offset_types")])
def test_types_that_mean_something_else_are_kept(name: str) -> None:
    data = (FOLDER / f"{name}.mp4").read_bytes()
    both = io.BytesIO()
    mux(SIMPLE, both, into=data)
    alone = io.BytesIO()
    remove(both.getvalue(), alone, track_id=3)
    target = io.BytesIO()
    demux(alone.getvalue(), target, track_id=2)
    assert target.getvalue() == SIMPLE
