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
    assert "Every tensor: PT_FLOAT, round 0." in found
    assert "tensor sample offset size dimensions bits" in found
    assert any(line.startswith("fc1.weight 5 ") and "44004 120x400 7.33" in line for line in found)
    assert found[-1] == "10 tensors in 10 NDUs"
    found = lines(FOLDER / "partial_data.nnr", "--tensors")
    assert "tensor part sample offset size dimensions" in found
    assert "split.weight 2 1 20 31 4x3" in found
    assert found[-1] == "1 tensor in 3 NDUs"
    found = lines(FOLDER / "block.nnr", "--tensors")
    assert ("bn.bias 1 18 1496 16x8x3x3 PT_BLOCK, block of 6, dimensions of its weight") in found


def test_rounds_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "rounds.nnr"
    rounds = [(FOLDER / f"incremental_{number}.nnr").read_bytes() for number in range(3)]
    path.write_bytes(b"".join(rounds))
    found = lines(path, "--tensors")
    assert "tensor round sample offset size dimensions bits" in found
    assert sum(line.startswith("layer0.weight ") for line in found) == 3
    assert "layer0.weight 3 9 3386 145 24x24 2.01" in found


def test_tensors_as_json(movie: Path) -> None:
    [track] = json.loads(ok("--tensors", "--json", movie))["tracks"]
    data = movie.read_bytes()
    units = list(split(LENET))
    for tensor in track["tensors"]:
        [part] = tensor["parts"]
        assert part["names"] == [tensor["name"]]
        assert data[part["offset"] :][: part["size"]] == units[part["index"]].data
        assert part["payload_offset"] + part["payload_size"] == part["offset"] + part["size"]
    document = json.loads(ok("--tensors", "--json", FOLDER / "incremental_1.nnr"))
    assert {p["update_round"] for t in document["tensors"] for p in t["parts"]} == {2}
