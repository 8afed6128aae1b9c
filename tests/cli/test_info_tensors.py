"""`pymp4-nnr info --tensors`."""

from __future__ import annotations

import json
from pathlib import Path

from pymp4_nnr.bitstream.splitter import split
from tests.cli.info import lines, ok
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import LENET


def test_tensors_for_people(movie: Path) -> None:
    found = lines(movie, "--tensors")
    assert "tensor round sample offset size dimensions details" in found
    assert any(line.startswith("fc1.weight 0 5 ") and "44004 120x400" in line for line in found)
    assert found[-1] == "10 tensors in 10 NDUs"
    found = lines(FOLDER / "partial_data.nnr", "--tensors")
    assert "split.weight 0 2 1 20 31 4x3 PT_FLOAT" in found
    assert found[-1] == "1 tensor in 3 NDUs"
    assert "bn.bias 0 1 18 1496 16x8x3x3 PT_BLOCK, block of 6, dimensions of its weight" in (
        lines(FOLDER / "block.nnr", "--tensors")
    )


def test_tensors_as_json(movie: Path) -> None:
    [track] = json.loads(ok("--tensors", "--json", movie))["tracks"]
    data = movie.read_bytes()
    units = list(split(LENET))
    for tensor in track["tensors"]:
        [part] = tensor["parts"]
        assert part["tensors"] == [tensor["name"]]
        assert data[part["offset"] :][: part["size"]] == units[part["index"]].data
        assert part["payload_offset"] + part["payload_size"] == part["offset"] + part["size"]
    document = json.loads(ok("--tensors", "--json", FOLDER / "incremental_1.nnr"))
    assert {p["update_round"] for t in document["tensors"] for p in t["parts"]} == {2}
