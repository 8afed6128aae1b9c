"""`encode` and `decode` with the real NNC codec, in the environment that has it (`.venv-nnc`)."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from tests.outside.programs import missing
from tests.paths import FIXTURES, ROOT
from tests.remote.server import WebServer, web
from tests.round_trip import muxed, tensor_index

__all__ = ["web"]

NNR = FIXTURES / "nnr"
PYTHON = ROOT / ".venv-nnc" / "bin" / "python"
TIMEOUT_SECONDS = 600

# Bitstreams that the codec wrote and decodes as a whole; the manifest has the sums.
STREAMS = (
    "edsr_small",
    "lenet5",
    "scan_order_1",
    "scan_order_3",
    "block",
    "block_codebook",
    "block_folded",
    "codebook",
    "integer",
    "sparse",
    "plain",
    "plain_no_dq",
    "plain_options",
    "pre_signalling",
    "incremental_0",
)
ROUNDS = ("incremental_0", "incremental_1", "incremental_2")

SUMS = """
import hashlib, json, sys
import pymp4_nnr

def sums(tensors):
    found = {}
    for name, tensor in tensors.items():
        head = f"{tensor.dtype.name} {'x'.join(map(str, tensor.shape))}\\n".encode()
        found[name] = hashlib.sha256(head + tensor.tobytes()).hexdigest()
    return found

result = []
for job in json.load(sys.stdin):
    try:
        result.append(sums(pymp4_nnr.decode(job.pop("source"), job.pop("tensors", None), **job)))
    except pymp4_nnr.NNRError as error:
        result.append(f"{type(error).__name__}: {error}")
loaded = {name.split(".")[0] for name in sys.modules} & {"nncodec", "torch", "torchvision"}
print(json.dumps([result, sorted(loaded)]))
"""


def run(code: str, *arguments: object, stdin: str = "", check: bool = True) -> Any:
    """A program in the environment of the codec, with the package as it lies here."""
    if not PYTHON.exists():
        missing("the NNC codec is not installed: run scripts/nnc/install.sh")
    done = subprocess.run(
        [PYTHON, "-c", code, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        cwd=ROOT,
    )
    assert not check or done.returncode == 0, done.stderr[-2000:]
    return done if not check else done.stdout


def decode(jobs: list[dict[str, Any]], *, before: str = "") -> list[Any]:
    """For each job, the sum of each tensor, or the error; `before` is run first."""
    result, loaded = json.loads(run(before + SUMS, stdin=json.dumps(jobs)))
    assert loaded == []  # the codec stays in its own process
    return list(result)


def whole(name: str) -> dict[str, str]:
    """Sums of what the codec decodes from a whole bitstream."""
    for entry in json.loads((NNR / "manifest.json").read_text()):
        if entry["name"] == f"{name}.nnr":
            return dict(entry["decoded_sha256"])
    raise KeyError(name)


def test_every_tensor_is_that_of_the_codecs_own_whole_decoding(tmp_path: Path) -> None:
    jobs: list[dict[str, Any]] = []
    expected: list[dict[str, str]] = []
    for stem in STREAMS:
        stream, movie = NNR / f"{stem}.nnr", tmp_path / f"{stem}.mp4"
        pymp4_nnr.mux(stream, movie, into=FIXTURES / "mp4" / "h264_aac.mp4")
        for source in (stream, movie):
            jobs.append({"source": str(source)})
            expected.append(whole(stem))
        for name in whole(stem):
            jobs.append({"source": str(movie), "tensors": [name]})
            expected.append({name: whole(stem)[name]})
    assert decode(jobs) == expected
    assert sum(len(whole(stem)) for stem in STREAMS) >= 90


def test_tensors_on_a_server_are_those_in_the_file(web: WebServer) -> None:
    """A tensor is decoded out of its own NDUs, which are all that is asked for."""
    if run("import aiohttp, fsspec", check=False).returncode:
        missing("the codec has no fsspec beside it: run scripts/nnc/install.sh again")
    data = muxed(NNR / "edsr_small.nnr")
    web.files["/model.mp4"] = data + bytes([0, 0, 0, 8]) + b"free"
    sums = whole("edsr_small")
    names = list(sums)[::5]
    jobs = [{"source": web.url(), "tensors": [name]} for name in names]
    assert decode([*jobs, {"source": web.url()}]) == [
        *({name: sums[name]} for name in names),
        sums,
    ]


def test_rounds_decode_as_the_codec_does_one_after_the_other(tmp_path: Path) -> None:
    code = """
import json, sys
sys.path.insert(0, "scripts/nnc")
import codec
rounds = codec.decode([open(name, "rb").read() for name in sys.argv[1:]])
print("\\n" + json.dumps([{n: codec.tensor_sha256(t) for n, t in r.items()} for r in rounds]))
"""
    files = [NNR / f"{name}.nnr" for name in ROUNDS]
    rounds = json.loads(run(code, *files).splitlines()[-1])
    joined, movie = tmp_path / "all.nnr", tmp_path / "all.mp4"
    joined.write_bytes(b"".join(file.read_bytes() for file in files))
    pymp4_nnr.mux(joined, movie)
    jobs: list[dict[str, Any]] = []
    expected: list[Any] = []
    for number, sums in enumerate(rounds, 1):
        jobs.append({"source": str(movie), "update_round": number})
        expected.append(sums)
        for name in sums:
            jobs.append({"source": str(joined), "tensors": [name], "update_round": number})
            expected.append({name: sums[name]})
    jobs.append({"source": str(movie)})
    expected.append(rounds[-1])
    # Of a tensor asked for by name it is its own last round.
    [early] = sorted(rounds[0].keys() - rounds[-1].keys())
    jobs.append({"source": str(movie), "tensors": [early]})
    expected.append({early: next(sums[early] for sums in rounds[::-1] if early in sums)})
    found = decode(jobs)
    assert found == expected
    # A round without those before it cannot be decoded.
    [alone] = decode([{"source": str(files[1])}])
    assert alone.startswith("CodecFailedError: layer0.weight: the codec says RuntimeError")


def test_a_limit_is_kept_before_the_codec_sees_anything() -> None:
    source = str(NNR / "lenet5.nnr")
    size = sum(4 * _elements(part) for part in tensor_index(source).parts)
    fits, too_much = decode(
        [{"source": source, "limit": size}, {"source": source, "limit": size - 1}]
    )
    assert fits == whole("lenet5")
    assert too_much.startswith("DecodedSizeError")


def _elements(part: pymp4_nnr.Part) -> int:
    elements = 1
    for dimension in part.dimensions or ():
        elements *= dimension
    return elements


# --- a codec that goes wrong ----------------------------------------------------------------

FAKE = """
import os, sys

def decompress(data, **_):
    print("the codec prints this")
    {body}

def compress(tensors, **_):
    {body}
"""

FAULTS = {
    "os.abort()": "the codec crashed (SIGABRT)",
    "import ctypes; ctypes.string_at(0)": "the codec crashed (SIGSEGV)",
    "os._exit(3)": "ended: the codec prints this",
    "sys.exit('gives up')": "SystemExit: gives up",
    "raise ValueError('no such bits')": "ValueError: no such bits",
    "bytearray(1 << 40)": "MemoryError",
    "import numpy; return {'x': numpy.zeros((7, 7), 'float32')}": "no tensor 'fc.weight'",
    "import numpy; return {'fc.weight': numpy.zeros((9999, 99), 'f4')}": "than the headers",
    "import numpy; return {'fc.weight': numpy.zeros(3, 'int8')}": "than the headers",
    "import numpy; return {'fc.weight': numpy.array([[1j]])}": "than the headers",
}


@pytest.mark.parametrize("body", FAULTS)
def test_what_the_codec_does_wrong_is_an_error(body: str, tmp_path: Path) -> None:
    for folder in ("", "nnc", "nnc/compression.py"):
        path = tmp_path / "nncodec" / folder
        if path.suffix:
            path.write_text(FAKE.format(body=body))
        else:
            path.mkdir()
            (path / "__init__.py").touch()
    code = f"import sys; sys.path.insert(0, sys.argv[1])\n{SUMS}"
    source = str(NNR / "lenet5.nnr")
    name = next(iter(whole("lenet5")))
    jobs = [{"source": source, "tensors": [name]}]
    [[answer], _] = json.loads(run(code, tmp_path, stdin=json.dumps(jobs)))
    kind, _, reason = answer.partition(": ")
    assert kind in ("CodecFailedError", "NotDecodableError", "DecodedSizeError")
    assert reason.startswith((f"{name}: ", "the codec"))
    assert FAULTS[body].replace("fc.weight", name) in answer


def test_bytes_changed_at_random_are_decoded_or_refused(tmp_path: Path) -> None:
    """No hang, no crash of the caller, no error of another kind; the codec itself may crash."""
    jobs = []
    for stem in ("lenet5", "scan_order_3", "block_codebook", "sparse"):
        data = (NNR / f"{stem}.nnr").read_bytes()
        for number in range(12):
            seed = hashlib.sha256(f"{stem} {number}".encode()).digest()
            place = int.from_bytes(seed[:4]) % (len(data) if number % 2 else min(len(data), 160))
            changed = bytearray(data)
            changed[place] ^= seed[4] or 1
            path = tmp_path / f"{stem}.{number}.nnr"
            path.write_bytes(changed)
            jobs.append({"source": str(path), "limit": 64 << 20})
    found = decode(jobs)
    assert len(found) == len(jobs)
    assert any(isinstance(answer, str) for answer in found)


# --- encode ---------------------------------------------------------------------------------


def test_encode_gives_what_the_codec_gives(tmp_path: Path) -> None:
    code = """
import io, sys
sys.path.insert(0, "scripts/nnc")
import numpy as np
import codec, pymp4_nnr
from pymp4_nnr.operations.encode import EncoderOptions, encode

rng = np.random.default_rng(0)
tensors = {
    "conv.weight": rng.normal(scale=0.1, size=(16, 8, 3, 3)).astype(np.float32),
    "conv.bias": rng.normal(size=16).astype(np.float32),
    "steps": np.array([7], np.int32),
}
cases = [
    (EncoderOptions(), {}),
    (EncoderOptions(qp=-20, nonweight_qp=-50), {"qp": -20, "nonweight_qp": -50}),
    (EncoderOptions(tensor_qp={"conv.bias": -30}), {"qp_per_tensor": {"conv.bias": -30}}),
    (EncoderOptions(qp_density=3, dq=False), {"qp_density": 3, "use_dq": False}),
    (EncoderOptions(opt_qp=True, lambda_scale=0.5), {"opt_qp": True, "lambda_scale": 0.5}),
    (EncoderOptions(scan_order=1, row_skipping=True), {"scan_order": 1, "row_skipping": True}),
]
for options, settings in cases:
    target, done = io.BytesIO(), []
    size = encode(dict(tensors), target, options, bitstream=True, progress=done.append)
    theirs = codec.encode({name: tensor.copy() for name, tensor in tensors.items()}, **settings)
    assert target.getvalue() == theirs and size == len(theirs), options
    assert sum(done) == sum(tensor.nbytes for tensor in tensors.values()), done
    movie, restored = io.BytesIO(), io.BytesIO()
    encode(tensors, movie, options)
    pymp4_nnr.demux(movie.getvalue(), restored)
    assert restored.getvalue() == theirs, options
print("\\n", len(cases))
"""
    assert run(code).split()[-1] == "6"


def test_impossible_tensors_and_options_are_refused() -> None:
    code = """
import io
import numpy as np
from pymp4_nnr.errors import CodecError
from pymp4_nnr.operations.encode import EncoderOptions, encode

good = {"x": np.ones((2, 2), np.float32)}
cases = [
    ({}, {}),
    ({"x": np.array([np.nan])}, {}),
    ({"x": np.array([np.inf])}, {}),
    ({"x": np.array([1e30])}, {}),
    ({"x": np.array([1 << 40])}, {}),
    ({"x": np.array([1j])}, {}),
    ({"x": np.array(["text"])}, {}),
    ({"x": np.zeros((0, 3))}, {}),
    ({"": np.ones(3)}, {}),
    ({"a\\0b": np.ones(3)}, {}),
    ({"layer_GRU": np.ones(3)}, {}),
    (good, {"qp": 128}),
    (good, {"nonweight_qp": -129}),
    (good, {"tensor_qp": {"y": 3}}),
    (good, {"tensor_qp": {"x": 300}}),
    (good, {"qp_density": 8}),
    (good, {"scan_order": 5}),
    (good, {"codebook_mode": 3}),
]
for tensors, options in cases:
    target = io.BytesIO()
    try:
        encode(tensors, target, EncoderOptions(**options))
    except CodecError as error:
        assert not target.getvalue()
    else:
        raise AssertionError((tensors, options))
print(len(cases))
"""
    assert run(code).strip() == "18"


COMMANDS = """
import sys
import numpy as np, torch
from safetensors.numpy import load_file
from safetensors.torch import save_file
from pymp4_nnr.cli import main

folder = sys.argv[1]
state = {
    "conv.weight": torch.arange(72.0).reshape(2, 4, 3, 3) / 100,
    "bn.num_batches_tracked": torch.tensor(5),
    "half": torch.ones(4, 4, dtype=torch.bfloat16),
    "turned": torch.arange(6.0).reshape(2, 3).T,
}
torch.save(state, f"{folder}/w.pt")
torch.save({"state_dict": state, "epoch": 3}, f"{folder}/checkpoint.pth")
torch.save({"a": object}, f"{folder}/evil.pt")
torch.save({"a": 1}, f"{folder}/number.pt")
save_file({name: tensor.contiguous() for name, tensor in state.items()}, f"{folder}/w.safetensors")

def call(*arguments):
    try:
        main([argument.replace("@", folder + "/") for argument in arguments])
    except SystemExit as end:
        return end.code or 0

assert call("encode", "@w.safetensors", "-o", "@a.mp4") == 0
assert call("encode", "@w.pt", "-o", "@b.nnr", "--qp", "-60", "--tensor-qp", "half=-20") == 0
assert call("encode", "@checkpoint.pth", "-o", "@c.nnc") == 0
for wrong in ("evil.pt", "number.pt", "a.mp4", "none.safetensors", "none.pt"):
    assert call("encode", f"@{wrong}", "-o", "@wrong.mp4") == 1
assert call("encode", "@w.pt", "-o", "@a.mp4") == 1
assert call("decode", "@a.mp4", "-o", "@a.safetensors") == 0
assert call("decode", "@a.mp4", "-o", "@one.safetensors", "--tensor", "conv.weight") == 0
assert call("decode", "@b.nnr", "-o", "@b.safetensors", "--limit", "1MiB") == 0
assert call("decode", "@b.nnr", "-o", "@wrong.safetensors", "--limit", "100") == 1
assert call("decode", "@a.mp4", "-o", "@wrong.safetensors", "--tensor", "no") == 1
assert call("decode", "@a.mp4", "-o", "@a.safetensors") == 1

a, one, b = (load_file(f"{folder}/{name}.safetensors") for name in ("a", "one", "b"))
assert list(one) == ["conv.weight"] and (one["conv.weight"] == a["conv.weight"]).all()
for found in (a, b):
    shapes = {"conv.weight": (2, 4, 3, 3), "bn.num_batches_tracked": (1,)}
    shapes |= {"half": (4, 4), "turned": (3, 2)}
    assert {name: tensor.shape for name, tensor in found.items()} == shapes
    assert found["bn.num_batches_tracked"] == 5
assert np.abs(b["conv.weight"] - state["conv.weight"].numpy()).max() < 1e-3
assert np.abs(a["turned"] - state["turned"].numpy()).max() < 0.01
print("done")
"""


def test_commands_from_weights_to_a_movie_and_back(tmp_path: Path) -> None:
    assert run(COMMANDS, tmp_path).split()[-1] == "done"
    assert not list(tmp_path.glob("*wrong*"))
    names = ["conv.weight", "bn.num_batches_tracked", "half", "turned"]
    for written in ("b.nnr", "c.nnc"):
        assert [unit.type_name for unit in pymp4_nnr.split(tmp_path / written)][-4:] == [
            "NNR_NDU"
        ] * 4
        assert list(tensor_index(tmp_path / written).tensors) == names


def test_the_network_of_the_experiment(tmp_path: Path) -> None:
    """72 tensors: the whole, out of a video file, and single ones from their own NDUs."""
    folder = ROOT / "experiments" / "edsr" / "fixture"
    sums = dict(json.loads((folder / "edsr_x2.json").read_text())["decoded_sha256"])
    movie = tmp_path / "video.mp4"
    pymp4_nnr.mux(folder / "edsr_x2.nnr", movie, into=FIXTURES / "mp4" / "h264_aac.mp4")
    some = ["head.0.weight", "body.7.body.2.weight", "body.15.body.0.bias", "tail.1.bias"]
    jobs: list[dict[str, Any]] = [{"source": str(folder / "edsr_x2.nnr")}, {"source": str(movie)}]
    jobs += [{"source": str(movie), "tensors": [name]} for name in some]
    assert decode(jobs) == [sums, sums, *({name: sums[name]} for name in some)]
    assert len(sums) == 72
