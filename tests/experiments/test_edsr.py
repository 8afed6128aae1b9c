"""The experiment's network, as far as it needs no codec: muxed, restored, compared."""

from __future__ import annotations

import hashlib
import io
import json
import math
from typing import Any

import pytest

import pymp4_nnr
from pymp4_nnr.operations.extract import extract
from tests.paths import FIXTURES, ROOT
from tests.round_trip import tensor_index

FOLDER = ROOT / "experiments" / "edsr" / "fixture"
STREAM = FOLDER / "edsr_x2.nnr"
WEIGHTS = 1_369_859
"""Of EDSR baseline for scale 2: 16 blocks, 64 channels."""


def manifest() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "edsr_x2.json").read_text()))


def layers() -> dict[str, tuple[int, ...]]:
    """The tensors of the network, as Lim et al. 2017 describe it."""
    convolutions = {"head.0": (64, 3)}
    convolutions |= {
        f"body.{block}.body.{place}": (64, 64) for block in range(16) for place in (0, 2)
    }
    convolutions |= {"body.16": (64, 64), "tail.0.0": (256, 64), "tail.1": (3, 64)}
    found: dict[str, tuple[int, ...]] = {}
    for name, (out, into) in convolutions.items():
        found |= {f"{name}.weight": (out, into, 3, 3), f"{name}.bias": (out,)}
    return found


def test_the_fixture_is_the_network() -> None:
    index = tensor_index(STREAM)
    found = {name: parts[0].dimensions for name, parts in index.tensors.items()}
    assert found == layers()
    assert sum(math.prod(dimensions) for dimensions in layers().values()) == WEIGHTS


def test_the_manifest_is_about_the_fixture() -> None:
    data = STREAM.read_bytes()
    assert manifest()["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest()["size"] == len(data)
    assert manifest()["weights"] == WEIGHTS
    assert manifest()["decoded_sha256"].keys() == layers().keys()


def test_no_test_photograph_was_trained_on() -> None:
    trained_on = {
        path.rpartition("/")[2] for paths in manifest()["trained_on"].values() for path in paths
    }
    tested_on = {path.rpartition("/")[2] for path in manifest()["tested_on"].values()}
    assert len(tested_on) >= 4
    assert not trained_on & tested_on


def test_the_network_is_better_than_bicubic_interpolation() -> None:
    scores = manifest()["scores"]
    assert scores["bicubic"].keys() == manifest()["tested_on"].keys()

    def mean(name: str, measure: str) -> float:
        return math.fsum(scored[measure] for scored in scores[name].values()) / len(scores[name])

    for name in scores.keys() - {"bicubic"}:
        assert mean(name, "psnr_db") >= mean("bicubic", "psnr_db") + 0.5
        for photograph, scored in scores[name].items():
            assert scored["psnr_db"] > scores["bicubic"][photograph]["psnr_db"]
            assert scored["ssim"] > scores["bicubic"][photograph]["ssim"]


@pytest.mark.parametrize("into", [None, "h264_aac.mp4", "hevc_hvc1.mp4"])
def test_the_network_is_restored(into: str | None) -> None:
    data = STREAM.read_bytes()
    video = None if into is None else (FIXTURES / "mp4" / into).read_bytes()
    movie, restored = io.BytesIO(), io.BytesIO()
    size = pymp4_nnr.mux(data, movie, into=video)
    pymp4_nnr.demux(movie.getvalue(), restored)
    assert restored.getvalue() == data
    assert pymp4_nnr.verify(movie.getvalue(), data) is None
    # 72 samples: boxes of a fixed size, 4 bytes a sample, and, from 1 MiB on, up to 4096 bytes
    # so that file systems can share blocks; with an index of the tensors, their names.
    overhead = size - len(data) - len(video or b"")
    assert 0 < overhead < 4096 + 8192
    names = list(tensor_index(movie.getvalue()).tensors)
    assert names == list(layers())


def test_a_layer_by_name_is_a_small_part_of_the_file() -> None:
    movie, taken = io.BytesIO(), io.BytesIO()
    pymp4_nnr.mux(STREAM, movie)
    name = "body.7.body.2.weight"
    extract(movie.getvalue(), taken, tensors=[name], decodable=True)
    [part] = tensor_index(taken.getvalue()).parts
    assert part.tensors == (name,)
    assert len(taken.getvalue()) - part.size < 64
    assert len(taken.getvalue()) < STREAM.stat().st_size / 20
