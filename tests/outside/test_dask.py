"""The recipe with Dask: a Parquet table of all tensors of a folder of models."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pymp4_nnr
from tests.nnr.streams import FOLDER, MIXED
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.paths import ROOT

from .muxers import need_module

SCRIPT = ROOT / "examples" / "tensor_table.py"


def folder_of_models(folder: Path) -> dict[str, list[pymp4_nnr.Tensor]]:
    """Models of each kind, and one that is broken; returns the tensors of the others."""
    (folder / "inner").mkdir(parents=True)
    pymp4_nnr.mux(FOLDER / "lenet5.nnr", folder / "lenet5.mp4")
    pymp4_nnr.mux([EDITION_2 + named_ndu("a", b"abc"), MIXED], folder / "inner" / "two.mp4")
    (folder / "plain.nnr").write_bytes((FOLDER / "plain.nnr").read_bytes())
    (folder / "broken.mp4").write_bytes((folder / "lenet5.mp4").read_bytes()[:300])
    (folder / "notes.txt").write_text("no model")
    found = {}
    for name in ("lenet5.mp4", "inner/two.mp4", "plain.nnr"):
        with pymp4_nnr.open(folder / name) as file:
            found[str(folder / name)] = [
                tensor for net in file.networks for tensor in net.tensors.values()
            ]
    return found


def test_a_table_of_all_tensors(tmp_path: Path) -> None:
    need_module("dask")
    need_module("distributed")
    need_module("pyarrow")
    import pyarrow.parquet

    expected = folder_of_models(tmp_path / "models")
    target = tmp_path / "tensors.parquet"
    done = subprocess.run(
        [sys.executable, SCRIPT, tmp_path / "models", target, "--workers", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("4 models, ")
    rows = pyarrow.parquet.read_table(target).to_pylist()
    [broken] = [row for row in rows if row["error"] is not None]
    assert broken["model"].endswith("broken.mp4") and "Error: " in broken["error"]
    for model, tensors in expected.items():
        there = [row for row in rows if row["model"] == model]
        assert [row["name"] for row in there] == [tensor.name for tensor in tensors]
        for row, tensor in zip(there, tensors, strict=True):
            assert row["size"] == tensor.size
            assert row["dimensions"] == (tensor.dimensions and list(tensor.dimensions))
            places = [(place["offset"], place["size"]) for place in row["byte_ranges"]]
            assert places == list(tensor.byte_ranges)
    assert len(rows) == 1 + sum(map(len, expected.values()))
    assert rows == sorted(rows, key=lambda row: row["model"])


def test_what_workers_send_back_can_be_pickled() -> None:
    with pymp4_nnr.open(FOLDER / "lenet5.nnr") as file:
        [net] = file.networks
        plain = [list(net.tensors.values()), list(net.rounds), file.tracks, file.segments]
    assert pickle.loads(pickle.dumps(plain)) == plain
