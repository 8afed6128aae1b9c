"""Broken bitstreams and files of weights, with the real NNC codec and the real PyTorch."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pymp4_nnr.bitstream.codec import encode_unit, parse
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.errors import SyntaxElementError
from pymp4_nnr.operations import decode as decoding
from pymp4_nnr.operations.decode import plan_decoding
from tests.outside.test_encode_decode import NNR, STREAMS, decode, run, whole
from tests.paths import FIXTURES
from tests.round_trip import muxed

LIMIT = 64 << 20


def test_broken_files_end_in_errors() -> None:
    folders = ("broken", "fuzz", "mp4/broken", "nnr/broken")
    paths = [path for one in folders for path in (FIXTURES / one).rglob("*") if path.is_file()]
    found = decode([{"source": str(path), "limit": LIMIT} for path in paths])
    assert len(found) > 100
    kinds = Counter(answer.partition(":")[0] for answer in found if isinstance(answer, str))
    assert kinds["DecodedSizeError"], "terabytes.nnr"
    assert len(kinds) > 20


def forged(name: str, rng: random.Random) -> Iterator[bytes]:
    """A bitstream of the codec, with faults in one unit after the other."""
    context, before = Context(), b""
    data = (NNR / f"{name}.nnr").read_bytes()
    for parsed in parse(data):
        unit = parsed.unit
        assert unit is not None
        behind = data[len(before) + unit.size :]
        if parsed.nnr_unit_type == 5:
            header = {k: v for k, v in parsed.header.items() if k != "nnr_unit_size"}
            shape = list(header["tensor_dimensions"])
            shape[rng.randrange(len(shape))] = rng.choice((0, 1, 3, 999, 1 << 20))
            payload = parsed.data
            for changed, values in (
                (header, rng.randbytes(len(payload))),
                (header, b"\xff" * len(payload)),
                (header, payload[: len(payload) // 2]),
                (header, bytes(rng.choice((0, 127, 128, 255)) for _ in payload[:6]) + payload[6:]),
                (header | {"tensor_dimensions": shape}, payload),
            ):
                try:
                    made = encode_unit({"header": changed, "data": values}, context)
                except SyntaxElementError:  # other elements depend on the shape
                    continue
                yield before + made + behind
        context.update(parsed)
        before += unit.data


def test_forged_payloads_shapes_and_parameters_end_in_errors(tmp_path: Path) -> None:
    """The caller neither crashes nor hangs; the codec may crash, in its own process."""
    rng = random.Random(11)
    made = [one for name in STREAMS[1:] for one in forged(name, rng)]
    jobs = []
    for number, data in enumerate(rng.sample(made, 150)):
        path = tmp_path / str(number)
        path.write_bytes(muxed(data) if number % 4 == 0 else data)
        jobs.append({"source": str(path), "limit": LIMIT})
    found = decode(jobs)
    refused = [answer for answer in found if isinstance(answer, str)]
    assert len(refused) > 60
    assert {answer.partition(":")[0] for answer in refused} > {"CodecFailedError"}


def test_tensors_that_share_their_configuration_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many are decoded together: none more than needed, or all."""
    for name in STREAMS:
        alone = len(plan_decoding(NNR / f"{name}.nnr"))
        monkeypatch.setattr(decoding, "SHARED_SIZE", -(1 << 30))
        assert len(plan_decoding(NNR / f"{name}.nnr")) <= alone
        monkeypatch.undo()
    code = f"""
from pymp4_nnr.operations import decode
decode.SHARED_SIZE = {-(1 << 30)}
"""
    names = ("edsr_small", "lenet5", "block", "block_codebook", "incremental_0")
    jobs = [{"source": str(NNR / f"{name}.nnr")} for name in names]
    assert decode(jobs, before=code) == [whole(name) for name in names]


WEIGHTS = """
import io, json, struct, sys, zipfile
import numpy as np, torch
import pymp4_nnr
from pymp4_nnr.cli import main
from pymp4_nnr.operations.weights import read_weights

folder = sys.argv[1]

def safetensors(dtype, shape, data):
    header = json.dumps({"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}})
    return struct.pack("<Q", len(header)) + header.encode() + data

def saved(value, **options):
    target = io.BytesIO()
    torch.save(value, target, **options)
    return target.getvalue()

def packed(data):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                new.writestr(entry.filename, old.read(entry))
    return target.getvalue()

def replaced(data, pickled):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            is_pickle = entry.filename.endswith("data.pkl")
            new.writestr(entry.filename, pickled if is_pickle else old.read(entry))
    return target.getvalue()

claimed = b"\\x80\\x02}X\\1\\0\\0\\0acbuiltins\\nbytearray\\n\\x8a\\5\\0\\0\\0\\0\\1\\x85Rs."
ones = torch.ones(3)
files = {
    "empty.safetensors": b"",
    "terabytes.safetensors": safetensors("F32", [1 << 40], bytes(4)),
    "dimensions.safetensors": safetensors("F32", [1] * 70, bytes(4)),
    "nothing_of_much.safetensors": safetensors("F32", [0, 1 << 62], b""),
    "type.safetensors": safetensors("F8_E4M3", [4], bytes(4)),
    "terabytes.pt": saved({"a": torch.zeros(1).expand(1 << 40)}),
    "many_times.pt": saved({str(i): t for t in [torch.zeros(1 << 20)] for i in range(64)}),
    "packed.pt": packed(saved({"a": torch.zeros(1 << 25)})),
    "sparse.pt": saved({"a": torch.eye(3).to_sparse()}),
    "float8.pt": saved({"a": ones.to(torch.float8_e4m3fn)}),
    "conjugate.pt": saved({"a": ones.to(torch.complex64).conj()}),
    "meta.pt": saved({"a": torch.ones(3, device="meta")}),
    "twice.pt": saved({"1": ones, 1: ones}),
    "list.pt": saved([1]),
    "bytearray.pt": replaced(saved({"a": ones}), claimed),
    "text.pt": replaced(saved({"a": ones}), b"\\x80\\x02X\\xff\\xff\\xff\\xffa."),
}
old = saved({"a": ones, "b": ones}, _use_new_zipfile_serialization=False)
new = saved({"a": ones, "b": ones})
for number in range(0, len(old), 23):
    files[f"old_{number}.pt"] = old[:number] + b"\\0" + old[number + 1 :]
for number in range(0, 700, 23):
    files[f"new_{number}.pt"] = new[:number] + b"\\xff" + new[number + 1 :]
refused = 0
for name, data in files.items():
    path = f"{folder}/{name}"
    with open(path, "wb") as file:
        file.write(data)
    try:
        read_weights(path)
    except pymp4_nnr.NNRError as error:
        assert error.code == "weights-file-broken", error
        refused += 1
    else:
        assert name.startswith(("old", "new")), name
    if name.startswith(("terabytes", "old_92")):
        try:
            main(["encode", path, "-o", f"{folder}/out.mp4"])
        except SystemExit as end:
            assert end.code == 1
print(refused)
"""


def test_broken_files_of_weights_end_in_errors(tmp_path: Path) -> None:
    done = run(WEIGHTS, tmp_path, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 30
    assert not (tmp_path / "out.mp4").exists()
    lines = done.stderr.splitlines()
    assert lines and all(line.startswith("pymp4-nnr: ") for line in lines), lines


def test_every_broken_file_is_no_file_of_weights(tmp_path: Path) -> None:
    code = """
import sys
import pymp4_nnr
from pymp4_nnr.operations.weights import read_weights
for path in sys.argv[1:]:
    try:
        read_weights(path)
    except pymp4_nnr.NNRError as error:
        assert error.code == "weights-file-broken"
    else:
        raise AssertionError(path)
"""
    paths = [path for path in (FIXTURES / "broken").iterdir() if path.suffix in (".mp4", ".nnr")]
    renamed = []
    for path in paths[::8]:
        renamed.append(tmp_path / f"{path.name}.pt")
        renamed[-1].write_bytes(path.read_bytes())
    run(code, *paths, *renamed)
