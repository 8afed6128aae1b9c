"""Extracted tensors, decoded by the NNC codec: equal to what the whole bitstream decodes to.

Needs the codec in `.venv-nnc` (`scripts/nnc/install.sh`).
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from pymp4_nnr.operations.extract import extract
from tests.nnr.streams import FOLDER
from tests.outside.programs import missing
from tests.paths import ROOT, SHARED
from tests.round_trip import tensor_index

PYTHON = ROOT / ".venv-nnc" / "bin" / "python"
TIMEOUT_SECONDS = 900

# One process for all: loading the codec takes longer than decoding small networks.
DECODE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import codec
jobs = json.load(sys.stdin)
sums = [
    [
        {name: codec.tensor_sha256(tensor) for name, tensor in decoded.items()}
        for decoded in codec.decode([open(name, "rb").read() for name in rounds])
    ]
    for rounds in jobs
]
print("\\n" + json.dumps(sums))
"""

Sums = dict[str, str]

STREAMS = ("edsr_small", "lenet5", "scan_order_3", "block", "block_codebook", "integer", "sparse")
ROUNDS = ("incremental_0", "incremental_1", "incremental_2")


def decode(jobs: list[list[Path]]) -> list[list[Sums]]:
    """For each job, a list of rounds: the checksum of each tensor of each round."""
    if not PYTHON.exists():
        missing("the NNC codec is not installed: run scripts/nnc/install.sh")
    done = subprocess.run(
        [PYTHON, "-c", DECODE, ROOT / "scripts" / "nnc"],
        input=json.dumps([[str(path) for path in job] for job in jobs]),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[list[Sums]] = json.loads(done.stdout.splitlines()[-1])
    return found


def extractions(stream: Path, folder: Path) -> dict[tuple[str, str], Path]:
    """Each tensor of a bitstream by itself, taken from the bitstream and from an MP4 file."""
    movie = folder / f"{stream.stem}.mp4"
    pymp4_nnr.mux(stream, movie)
    made = {}
    for number, name in enumerate(tensor_index(stream).tensors):
        for kind, source in (("nnr", stream), ("mp4", movie)):
            path = made[kind, name] = folder / f"{stream.stem}.{number}.{kind}.nnr"
            extract(source, path, tensors=[name], decodable=True)
    return made


def test_each_tensor_decodes_alone_as_in_the_whole(tmp_path: Path) -> None:
    manifest: dict[str, Any] = {
        entry["name"]: entry for entry in json.loads((FOLDER / "manifest.json").read_text())
    }
    streams = [FOLDER / f"{name}.nnr" for name in STREAMS]
    made = {stream: extractions(stream, tmp_path) for stream in streams}
    jobs = [[stream] for stream in streams]
    jobs += [[path] for stream in streams for path in made[stream].values()]
    results = iter(decode(jobs))
    whole = {stream: next(results)[0] for stream in streams}
    for stream in streams:
        assert whole[stream] == manifest[stream.name]["decoded_sha256"]
        index = tensor_index(stream)
        for kind, name in made[stream]:
            [alone] = next(results)
            # A block is decoded whole.
            names = {n for part in index.tensors[name] for n in part.tensors}
            assert alone == {n: whole[stream][n] for n in names}, (stream.name, kind, name)


def test_a_tensor_of_incremental_updates_decodes_round_by_round(tmp_path: Path) -> None:
    rounds = [FOLDER / f"{name}.nnr" for name in ROUNDS]
    made = [extractions(stream, tmp_path) for stream in rounds]
    chosen = [key for key in made[0] if all(key in of_round for of_round in made)]
    assert {kind for kind, _ in chosen} == {"nnr", "mp4"}
    jobs = [rounds, *([of_round[key] for of_round in made] for key in chosen)]
    whole, *alone = decode(jobs)
    for (_, name), sums in zip(chosen, alone, strict=True):
        assert sums == [{name: of_round[name]} for of_round in whole]


def test_several_tensors_and_samples_decode_together(tmp_path: Path) -> None:
    stream = FOLDER / "lenet5.nnr"
    some = tmp_path / "some.nnr"
    extract(stream, some, tensors=["fc3.bias"], samples=[1, 3], decodable=True)
    [[whole], [found]] = decode([[stream], [some]])
    wanted = ("conv1.weight", "conv2.weight", "fc3.bias")
    assert found == {name: whole[name] for name in wanted}


EDSR = SHARED / "nnr" / "edsr_random_weights.nnc"


@pytest.mark.skipif(not EDSR.exists(), reason="a stream that lies beside the repository")
def test_a_tensor_of_a_whole_network(tmp_path: Path) -> None:
    movie = tmp_path / "edsr.mp4"
    pymp4_nnr.mux(EDSR, movie)
    names = list(tensor_index(movie).tensors)
    chosen = [names[0], names[len(names) // 2], names[-1]]
    jobs = [[EDSR]]
    for number, name in enumerate(chosen):
        path = tmp_path / f"{number}.nnr"
        extract(movie, path, tensors=[name], decodable=True)
        jobs.append([path])
    [whole], *alone = decode(jobs)
    assert alone == [[{name: whole[name]}] for name in chosen]
