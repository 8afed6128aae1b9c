"""Everything that can be done with a file, and how each of it ends: a result, or an error's code.

    python -m tests.every_operation FILE...      prints JSON: by file, by operation

It runs in a process of its own, so that its memory can be limited.
"""

from __future__ import annotations

import io
import json
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pymp4_nnr import NNRError, append, demux, mux, parse, register, remove, split, verify
from pymp4_nnr import open as open_network
from pymp4_nnr.operations.dump import box_lines, dump
from pymp4_nnr.operations.extract import extract
from pymp4_nnr.operations.inspect import FileInfo
from tests.cli.command import call
from tests.nnr.streams import SIMPLE
from tests.paths import FIXTURES

MEMORY = 1 << 30
"""Bytes of address space that the process may have."""


def operations(path: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is tried on a file, by name."""
    data = path.read_bytes()

    def look() -> None:
        with open_network(path) as file:
            for net in file.networks:
                repr(net), net._repr_html_()
                for tensor in net.tensors.values():
                    assert tensor.size >= 0
                assert all(one.size for one in net.units)

    def index() -> None:
        with FileInfo(path) as file:
            for track in file.tracks or [None]:
                found = file.tensors(track)
                for part in (*found.parts[:2], *found.parts[-2:]):
                    found.decodable([part])

    def take() -> None:
        extract(path, io.BytesIO(), samples=[1], decodable=True)

    def show() -> None:
        lines = 0
        for box in dump(path):
            for line in box_lines(box):
                assert line.isprintable()
                lines += len(line)
        assert lines < 100_000 + 400 * len(data)

    def add_round() -> None:
        with tempfile.TemporaryDirectory() as folder:
            append(shutil.copy(path, Path(folder) / "copy.mp4"), SIMPLE)

    def in_pymp4() -> None:
        from pymp4.parser import MP4

        register()
        assert MP4.build(MP4.parse(data)) == data

    yield "open", look
    yield "tensors", index
    yield "extract", take
    if path.suffix == ".nnr":
        yield "split", lambda: [unit.data for unit in split(path)]
        yield "parse", lambda: [unit.to_json() for unit in parse(path)]
        yield "mux", lambda: mux(path, io.BytesIO())
        yield "mux --into", lambda: mux(path, io.BytesIO(), into=FIXTURES / "mp4/hand_plain.mp4")
        return
    yield "demux", lambda: demux(path, io.BytesIO())
    yield "verify", lambda: verify(path, SIMPLE)
    yield "dump", show
    yield "mux --into", lambda: mux(SIMPLE, io.BytesIO(), into=path)
    yield "remove", lambda: remove(path, io.BytesIO())
    yield "append", add_round
    yield "pymp4", in_pymp4


def ends(work: Callable[[], object]) -> str:
    """``ok``, or the code of an error of ours; any other exception gets through."""
    try:
        work()
    except NNRError as error:
        assert str(error).isprintable() or "\n" not in str(error)
        return error.code
    return "ok"


def commands(path: Path) -> Iterator[tuple[str, str]]:
    """The commands that only look at a file, and the code of their error or ``ok``."""
    for name in ("info", "info --json", "info --tensors --json"):
        result = call(*name.split(), path)
        assert result.exit_code in (0, 1), result.output
        assert isinstance(result.exception, (SystemExit, type(None))), result.exception
        assert all(line.isprintable() for line in result.output.splitlines())
        code = "ok" if result.exit_code == 0 else "error"
        if code == "error" and "--json" in name:
            code = json.loads(result.stderr.removeprefix("pymp4-nnr: "))["error"]["code"]
        yield name, code


def outcomes(path: Path) -> dict[str, str]:
    """How each operation and command ends."""
    return {name: ends(work) for name, work in operations(path)} | dict(commands(path))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    found = {}
    for path in map(Path, sys.argv[1:]):
        try:
            found[path.name] = outcomes(path)
        except Exception as error:
            found[path.name] = {"fault": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
