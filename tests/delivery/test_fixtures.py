"""What MP4Box and mp4fragment made of the project's files, kept with the commands."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest

from pymp4_nnr import demux
from pymp4_nnr.movie.movie import Movie
from tests.paths import FIXTURES
from tests.round_trip import demuxed

FOLDER = FIXTURES / "delivery"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


def test_the_manifest_lists_every_file() -> None:
    listed = {name: digest for case in MANIFEST for name, digest in case["files"].items()}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.suffix in (".mp4", ".m4s")
    }
    assert found == listed
    assert all(case["files"] for case in MANIFEST)


@pytest.mark.parametrize("case", MANIFEST, ids=lambda case: case["name"])
def test_restored(case: dict[str, Any]) -> None:
    network = (FIXTURES / "nnr" / case["network"]).read_bytes() * case["rounds"]
    files = [FOLDER / name for name in case["files"]]
    assert demuxed(files) == network
    if len(files) > 1:
        assert demuxed(b"".join(path.read_bytes() for path in files)) == network


ROUNDS = [case for case in MANIFEST if case["rounds"] == 2]


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case["name"])
def test_each_round(case: dict[str, Any]) -> None:
    network = (FIXTURES / "nnr" / case["network"]).read_bytes()
    files = [FOLDER / name for name in case["files"]]
    for number in (1, 2):
        demux(files, target := io.BytesIO(), rounds=number)
        assert target.getvalue() == network
    with Movie(files) as movie:
        times = [one.time for one in movie.track().rounds]
        assert times == [None, 1767225600.0], "the time that --at gave, in UTC"


@pytest.mark.parametrize("name", ["stretched_live_alone", "stretched_joined"])
def test_the_repeats_are_there(name: str) -> None:
    """Or the test above would not show that they are left out."""
    (case,) = [case for case in MANIFEST if case["name"] == name]
    with Movie([FOLDER / file for file in case["files"]]) as movie:
        (extents,) = movie.extents().values()
        samples = movie.track().samples
        assert sum(place.size for place in extents) == sum(samples.sizes) + 3 * samples.sizes[-1]
