"""A model of 1 GiB behind nginx: listing its tensors, and one of them, next to downloading it all.

Run as ``python -m benchmarks.remote``. It needs nginx, curl, the extras `remote` and `codec`, and
3 GiB of disk. All 1,000 tensors are real: the codec encodes one, and the others hold the same
data under names of their own.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

import pymp4_nnr
from pymp4_nnr import Context, encode_unit, parse
from tests.remote.nginx import Nginx, run_nginx

from .__main__ import machine

TENSORS = 1000
SHAPE = (1051, 768)
QP = -38
SPEEDS = {"loopback": "", "100 Mbit/s": "limit_rate 12500k;"}


def name_of(number: int) -> str:
    """The name of a tensor."""
    return f"decoder.layers.{number // 10}.blocks.{number % 10}.weight"


def write_model(folder: Path) -> np.ndarray:
    """Write ``model.mp4``; return the values that each of its tensors is encoded from."""
    values = np.random.default_rng(0).normal(0, 1, SHAPE).astype(np.float32)
    encoded = io.BytesIO()
    pymp4_nnr.encode({name_of(0): values}, encoded, pymp4_nnr.EncoderOptions(qp=QP), bitstream=True)
    path = folder / "model.nnr"
    context = Context()
    with path.open("wb") as file:
        for unit in parse(encoded.getvalue(), context):
            if unit.nnr_unit_type != pymp4_nnr.NNRUnitType.NNR_NDU:
                file.write(unit.unit.read())
                continue
            for number in range(TENSORS):
                header = dict(unit.header) | {"topology_elem_id": name_of(number)}
                for derived in ("nnr_unit_size", "nnr_unit_size_flag"):
                    header.pop(derived, None)
                node = {"header": header, "payload": unit.payload, "data": unit.data}
                file.write(encode_unit(node, context))
    pymp4_nnr.mux(path, folder / "model.mp4")
    path.unlink()
    return values


def commands(url: str, out: Path) -> Iterator[tuple[str, list[str]]]:
    """What is measured: a title, and the command."""
    program = [sys.executable, "-m", "pymp4_nnr"]
    name = name_of(TENSORS // 2)
    yield "`info --tensors`", [*program, "info", url, "--tensors"]
    yield (
        "`extract --tensor --decodable`",
        [
            *program,
            "extract",
            url,
            "--tensor",
            name,
            "--decodable",
            "-q",
            "-o",
            str(out / "one.nnr"),
        ],
    )
    yield (
        "`decode --tensor`",
        [*program, "decode", url, "--tensor", name, "-q", "-o", str(out / "one.safetensors")],
    )
    yield "`demux`", [*program, "demux", url, "-q", "-o", str(out / "all.nnr")]
    yield "`curl`, the whole file", ["curl", "-sS", "-o", str(out / "all.mp4"), url]


def names(url: str) -> None:
    """List the tensors."""
    with pymp4_nnr.open(url) as file:
        assert len(list(file.networks[0].tensors)) == TENSORS


def one(url: str) -> None:
    """Get one tensor, with what is needed to decode it."""
    with pymp4_nnr.open(url) as file:
        file.networks[0].extract([name_of(TENSORS // 2)], io.BytesIO(), decodable=True)


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(server: Nginx, folder: Path) -> Iterator[str]:
    """Yield the rows of a table."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    url = server.url("model.mp4")
    works: dict[str, Callable[[], object]] = {
        title: partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
        for title, command in commands(url, out)
    }
    works["in a running program: `open`, and the names of all tensors"] = partial(names, url)
    works["in a running program: `open`, and `extract` of one tensor"] = partial(one, url)
    names(url)  # imports what is needed
    for title, work in works.items():
        server.forget()
        seconds = timed(work)
        answered = server.answered()
        moved = sum(one.sent for one in answered)
        yield f"| {title} | {len(answered)} | {moved:,} | {seconds:.2f} s |"
        for path in out.iterdir():
            path.unlink()


def check_values(url: str, path: Path, values: np.ndarray) -> str:
    """Decode a tensor from the server and from the file, and compare."""
    name = name_of(TENSORS // 2)
    remote = pymp4_nnr.decode(url, [name])[name]
    local = pymp4_nnr.decode(path, [name])[name]
    assert remote.dtype == local.dtype
    assert remote.tobytes() == local.tobytes()
    error = float(np.abs(remote - values).max())
    assert 0 < error < 0.01
    return (
        f"{name} decoded from the server and from the file: equal to the last bit "
        f"({remote.size:,} values; {error:.4f} from what was encoded, at most)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.remote", description=__doc__)
    parser.add_argument("--folder", help="where files are made, by default a temporary one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as made:
        folder = Path(made)
        served = folder / "served"
        served.mkdir()
        values = write_model(served)
        path = served / "model.mp4"
        with pymp4_nnr.open(path) as file:
            tensor = file.networks[0].tensors[name_of(TENSORS // 2)]
        print(f"On {machine(folder)}.\n")
        print(
            f"{path.stat().st_size:,} bytes, {TENSORS:,} tensors; the one: {tensor.size:,} bytes."
        )
        for title, more in SPEEDS.items():
            run = Path(tempfile.mkdtemp(dir=folder))
            with run_nginx(served, run, more) as server:
                print(f"\n| {title} | requests | bytes | time |\n| --- | ---: | ---: | ---: |")
                for row in measure(server, folder):
                    print(row, flush=True)
                if not more:
                    told = check_values(server.url("model.mp4"), path, values)
        print(f"\n{told}")


if __name__ == "__main__":
    main()
