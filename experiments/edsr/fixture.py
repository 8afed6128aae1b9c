"""The trained network as it is kept in the repository: its bitstream, recipe and scores.

    python -m experiments.edsr.fixture edsr.pt TRAINING.log "What it was trained on"

writes them anew after training.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

import pymp4_nnr
from pymp4_nnr.operations.encode import EncoderOptions

from .photographs import TEST, TRAINING
from .super_resolution import Weights, by_bicubic, by_network, scores

FOLDER = Path(__file__).parent / "fixture"
STREAM = FOLDER / "edsr_x2.nnr"
MANIFEST = FOLDER / "edsr_x2.json"

QP = -44
"""Finer than what the experiment encodes with: these weights stand for the uncompressed ones."""

PACKAGES = ("nncodec", "torch", "numpy", "scikit-image", "pillow")


def tensor_sha256(tensor: Any) -> str:
    """SHA-256 of a tensor's type, shape and values, as in `fixtures/nnr/manifest.json`."""
    head = f"{tensor.dtype.name} {'x'.join(map(str, tensor.shape))}\n".encode()
    return hashlib.sha256(head + tensor.tobytes()).hexdigest()


def load() -> Weights:
    """The weights of the fixture.

    Raises:
        AssertionError: they are not those that were written.
    """
    weights = pymp4_nnr.decode(STREAM)
    sums = {name: tensor_sha256(array) for name, array in weights.items()}
    assert sums == json.loads(MANIFEST.read_text())["decoded_sha256"]
    return weights


def main() -> None:
    """The command line."""
    trained, log, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    state = torch.load(trained, weights_only=True)
    weights = {name: tensor.contiguous().numpy() for name, tensor in state.items()}
    FOLDER.mkdir(exist_ok=True)
    pymp4_nnr.encode(weights, STREAM, EncoderOptions(qp=QP))
    decoded = pymp4_nnr.decode(STREAM)
    data = STREAM.read_bytes()
    judged = {
        "bicubic": by_bicubic(),
        "trained, float32": by_network(weights),
        "decoded from this file": by_network(decoded),
    }
    found = {name: scores(pictures) for name, pictures in judged.items()}
    steps = [line for line in log.read_text().splitlines() if line.startswith("step ")]
    manifest = {
        "name": STREAM.name,
        "network": "EDSR baseline, scale 2: 16 residual blocks of 64 channels",
        "weights": sum(array.size for array in weights.values()),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "encoded": f"pymp4-nnr encode edsr.pt -o {STREAM.name} --qp {QP}",
        "trained": how,
        "training_log_ends": steps[-1],
        "trained_on": TRAINING,
        "tested_on": {name: "/".join(place) for name, place in TEST.items()},
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "scores": {
            name: {
                photograph: {"psnr_db": round(psnr, 4), "ssim": round(judged.ssim[photograph], 6)}
                for photograph, psnr in judged.psnr.items()
            }
            for name, judged in found.items()
        },
        "decoded_sha256": {name: tensor_sha256(array) for name, array in decoded.items()},
    }
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n")
    for name, judged in found.items():
        print(name, judged)


if __name__ == "__main__":
    main()
