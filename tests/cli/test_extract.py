"""`pymp4-nnr extract`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

import pymp4_nnr
from tests.cli.command import call
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import LENET
from tests.round_trip import tensor_index

UNITS = [unit.data for unit in pymp4_nnr.split(LENET)]


def extract(*arguments: str | Path) -> Result:
    return call("extract", *arguments)


@pytest.fixture(params=["nnr", "mp4"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"in.{request.param}"
    if request.param == "nnr":
        path.write_bytes(LENET.read_bytes())
    else:
        pymp4_nnr.mux(LENET, path)
    return path


def test_ndus(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.nnr"
    done = extract(source, "--tensor", "fc1.weight", "--sample", "1", "-o", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"{out}: 2 NDUs, 44192 bytes\n"
    assert out.read_bytes() == UNITS[3] + UNITS[7]


def test_decodable(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.nnr"
    done = extract(source, "--tensor", "fc3.bias", "--decodable", "-o", out)
    assert done.stderr == f"{out}: 1 NDU and 3 other units, 83 bytes\n"
    assert out.read_bytes() == b"".join([*UNITS[:3], UNITS[12]])


def test_standard_output(source: Path) -> None:
    done = extract(source, "--sample", "10", "-q", "-o", "-")
    assert (done.stdout_bytes, done.stderr) == (UNITS[12], "")


def test_rounds_that_depend_on_each_other_are_told(tmp_path: Path) -> None:
    rounds = [FOLDER / f"incremental_{number}.nnr" for number in range(2)]
    both, out = tmp_path / "both.nnr", tmp_path / "out.nnr"
    both.write_bytes(b"".join(path.read_bytes() for path in rounds))
    last = len(tensor_index(both).parts)
    done = extract(both, "--sample", str(last), "--decodable", "-o", out)
    assert "2 NNR_STR units" in done.stderr.splitlines()[1]
    assert sum(unit.nnr_unit_type == 0 for unit in pymp4_nnr.split(out)) == 2


def test_outputs_are_not_overwritten(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.nnr"
    out.write_bytes(b"kept")
    done = extract(source, "--sample", "1", "-o", out)
    assert (done.exit_code, done.stderr) == (1, f"pymp4-nnr: {out} exists; --force replaces it\n")
    assert out.read_bytes() == b"kept"
    assert extract(source, "--sample", "1", "-o", out, "--force", "-q").stderr == ""
    assert out.read_bytes() == UNITS[3]
    done = extract(source, "--sample", "1", "-o", source, "--force")
    assert (done.exit_code, done.stderr) == (1, f"pymp4-nnr: {source} is the input\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tensor", "fc1.weights"], "close to it: 'fc1.weight'"),
        (["--sample", "11"], "no sample 11: there are 10"),
        (["--sample", "1", "--track", "7"], "track"),
    ],
)
def test_what_is_not_there(source: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    done = extract(source, *arguments, "-o", tmp_path / "out.nnr")
    assert done.exit_code == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path for path in tmp_path.iterdir() if path != source] == []


@pytest.mark.parametrize(
    "arguments", [["-o", "out"], ["--sample", "0", "-o", "out"], ["--sample", "1"]]
)
def test_wrong_usage(source: Path, arguments: list[str]) -> None:
    assert extract(source, *arguments).exit_code == 2
