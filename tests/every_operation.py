"""Everything that can be done with a file, and how each of it ends: well, or with an error.

    python -m tests.every_operation FILE...      prints JSON: by file, by operation, its errors

Each runs in this process, so that its memory can be limited. Operations of the library are called
`name(...)`, with `name` as in `pymp4_nnr.__all__`; commands as they are typed. `encode` and
`decode` need the codec: those that are tried without it end before it is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pymp4_nnr
from pymp4_nnr import NNRError, append, check, demux, mux, mux_segments, parse, remove, split
from pymp4_nnr import open as open_network
from pymp4_nnr.cli import mp4dump
from pymp4_nnr.cli.app import Commands
from pymp4_nnr.operations.decode import plan_decoding
from pymp4_nnr.operations.dump import box_lines, dump
from pymp4_nnr.operations.extract import extract
from pymp4_nnr.operations.fragment_writer import read_units
from pymp4_nnr.operations.inspect import FileInfo
from tests.cli.command import call
from tests.nnr.streams import SIMPLE
from tests.paths import FIXTURES, ROOT
from tests.round_trip import muxed

MEMORY = 1 << 30
"""Bytes of address space that the process may have."""

SECONDS = 600
"""Processor time that it may have: how long it takes depends on what else the machine does."""

LONGEST_LINE = 5000
"""Characters of the line of an error."""

PLAIN = FIXTURES / "mp4" / "hand_plain.mp4"
FRAGMENTED = FIXTURES / "mp4" / "hand_fragmented.mp4"
APPENDABLE = muxed(SIMPLE, appendable=True)


class Sink(io.RawIOBase):
    """A file that keeps nothing of what is written to it."""

    written = 0
    """Bytes that all of them were given."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type]
        Sink.written += size
        return size


Error = tuple[str, str, str]
"""How something ends: the class of the error, its code, and the line that a command prints.

Of `check`, it is a `Finding`, and the rule that is broken."""


def functions(path: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is tried on a file in Python, by name."""
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
                    part.unit.read(0, 64)

    def show() -> None:
        lines = 0
        for box in dump(path):
            for line in box_lines(box):
                assert line.isprintable()
                lines += len(line)
        assert lines < 100_000 + 400 * len(data)

    def arrive_for_coroutines() -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 4096):
                yield data[start : start + 4096]

        async def read() -> None:
            async for unit in pymp4_nnr.stream_async(chunks()):
                assert unit.size

        asyncio.run(read())

    def write_units() -> None:
        with pymp4_nnr.FragmentWriter(Sink()) as writer:
            for unit in split(path):
                writer.write(unit)

    def write_units_of_a_pipe() -> None:
        with pymp4_nnr.FragmentWriter(Sink(), fragment=2) as writer:
            for unit in read_units(io.BytesIO(data)):
                writer.write(unit)

    def rebuild() -> None:
        context = pymp4_nnr.Context()
        for unit in split(path):
            parsed = pymp4_nnr.parse_unit(unit, context)
            if not parsed.malformed:
                assert pymp4_nnr.encode_unit(parsed, context) == unit.data
            context.update(parsed)

    def add_round() -> None:
        with tempfile.TemporaryDirectory() as folder:
            append(shutil.copy(path, Path(folder) / "copy.mp4"), SIMPLE)

    def become_a_round() -> None:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "model.mp4"
            target.write_bytes(APPENDABLE)
            append(target, path)

    def become_segments(**more: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            mux_segments(more.pop("source", path), Path(folder) / "out", **more)

    def in_pymp4(**more: bool) -> None:
        from pymp4.parser import MP4

        pymp4_nnr.register(**more)
        try:
            assert MP4.build(MP4.parse(data)) == data
        finally:
            pymp4_nnr.unregister()

    def parse_units() -> None:
        for unit in parse(path):
            unit.to_json()

    yield "open()", look
    yield "open(): tensors", index
    yield "open(): extract", lambda: extract(path, Sink(), samples=[1], decodable=True)
    yield "split()", lambda: [unit.data for unit in split(path)]
    yield (
        "unit_type_name()",
        lambda: [pymp4_nnr.unit_type_name(u.nnr_unit_type) for u in split(path)],
    )
    yield "parse()", parse_units
    yield "parse_unit()", rebuild
    yield "encode_unit()", rebuild
    yield "stream()", lambda: [unit.data for unit in pymp4_nnr.stream(io.BytesIO(data))]
    yield "stream_async()", arrive_for_coroutines
    yield "mux()", lambda: mux(path, Sink())
    yield "mux(fragment)", lambda: mux(path, Sink(), fragment="4KiB")
    yield "mux(into=plain)", lambda: mux(path, Sink(), into=PLAIN)
    yield "mux(into=FILE)", lambda: mux(SIMPLE, Sink(), into=path)
    yield (
        "mux(into=FILE, fragment, interleave)",
        lambda: mux(SIMPLE, Sink(), into=path, fragment=1, interleave=True),
    )
    yield "mux_segments()", partial(become_segments, fragment="4KiB")
    yield "mux_segments(into=FILE)", partial(become_segments, source=SIMPLE, into=path)
    yield "FragmentWriter()", write_units
    yield "FragmentWriter(): from a pipe", write_units_of_a_pipe
    yield "append()", add_round
    yield "append(): as round", become_a_round
    yield "demux()", lambda: demux(path, Sink())
    yield "verify()", lambda: pymp4_nnr.verify(path, SIMPLE)
    yield "dump", show
    yield "remove()", lambda: remove(path, Sink())
    yield "report(svg)", lambda: pymp4_nnr.report(path, Sink(), svg=True)
    yield "decode(): headers", lambda: plan_decoding(path)
    yield "register()", in_pymp4
    yield "register(extended)", partial(in_pymp4, extended=True)


def commands(name: str, folder: str) -> Iterator[Sequence[object]]:
    """The commands that are tried on a file, which is in the working folder.

    Args:
        name: of the file.
        folder: an empty folder for what they write.
    """
    out = f"{folder}/out"
    good = f"{folder}/good.nnr"
    yield "info", name
    yield "info", "--json", name
    yield "info", "--units", name
    yield "info", "--tensors", name
    yield "info", "--tensors", "--json", name
    yield "dump", name
    yield "dump", "--full", name
    yield "dump", "--json", name
    yield "dump", "--box", "moov", name
    yield "mp4dump", name
    yield "mp4dump", "--full", name
    yield "check", name
    yield "check", "--json", name
    yield "report", name, "-o", out
    yield "demux", name, "-o", out
    yield "demux", "-", "-o", "-"
    yield "verify", name, "--against", good
    yield "extract", name, "--sample", "1", "--decodable", "-o", out
    yield "remove", name, "-o", out
    yield "mux", name, "-o", out
    yield "mux", "--verify", name, "-o", out
    yield "mux", "--fragment", "4KiB", name, "-o", out
    yield "mux", "-", "--fragment", "1", "-o", "-"
    yield "mux", name, "--fragment", "4KiB", "--segments", out
    yield "mux", good, "--into", name, "-o", out
    yield "mux", good, "--into", name, "--segments", out
    yield "append", f"{folder}/copy.mp4", good
    yield "append", f"{folder}/model.mp4", name
    yield "encode", name, "-o", out
    yield "decode", name, "-o", out


def put_beside(folder: Path, data: bytes) -> set[str]:
    """Write the files that the commands need besides the one with `data`; gives their names."""
    files = {"good.nnr": SIMPLE, "copy.mp4": data, "model.mp4": APPENDABLE}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return set(files)


def title(words: Sequence[object], name: str) -> str:
    """A command as it is called in lists: FILE is the one that is broken."""
    parts = [str(word) for word in words]
    shown = [
        "FILE" if part in (name, "-") or part.endswith("/copy.mp4") else Path(part).name
        for part in parts
        if part not in ("-o",) and not part.endswith("/out")
    ]
    if "-" in parts:
        shown = [parts[0], "- -o -"]
    return " ".join(shown)


class Watched:
    """Runs commands in this process, and remembers the error that ends one."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        original, original_mp4dump = Commands._fail, mp4dump._fail

        def fail(commands: Commands, message: str, record: dict[str, Any]) -> None:
            self.error = sys.exception()
            original(commands, message, record)

        def fail_mp4dump(path: str, reason: str) -> int:
            self.error = sys.exception()
            return original_mp4dump(path, reason)

        Commands._fail = fail  # type: ignore[method-assign]
        mp4dump._fail = fail_mp4dump

    def run(self, words: Sequence[object], data: bytes) -> list[Error]:
        """How a command ends; `data` is its standard input."""
        self.error = None
        if words[0] == "mp4dump":
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = mp4dump.dump([str(word) for word in words[1:]])
            printed, stderr = out.getvalue(), err.getvalue()
        else:
            result = call(*words, stdin=data)
            assert isinstance(result.exception, (SystemExit, type(None))), result.exception
            status, stderr = result.exit_code, result.stderr
            printed = "" if words[-1] == "-" else result.stdout
        assert status in (0, 1), (words, stderr)
        assert all(line.isprintable() for line in (printed + stderr).splitlines()), words
        if self.error is not None:
            assert status == 1, words
            return [error_of(self.error, one_error_line(words, stderr))]
        if words[0] == "check":
            return findings(words, printed, status)
        if status == 1:
            assert words[0] == "verify", words
            return [("Difference", "differs", one_error_line(words, stderr, start=""))]
        return []


def one_error_line(words: Sequence[object], stderr: str, *, start: str | None = None) -> str:
    """The line on standard error, which begins with the name of the command."""
    *_, line = stderr.splitlines()
    prefix = start if start is not None else "mp4dump: " if words[0] == "mp4dump" else "pymp4-nnr: "
    assert line.startswith(prefix), line
    assert stderr == f"{line}\n", f"one line: {stderr!r}"
    assert len(line) <= LONGEST_LINE, line[:100]
    if "--json" in words:
        line = json.loads(line.removeprefix(prefix))["error"]["message"]
    return line


def error_of(error: BaseException, line: str) -> Error:
    """An error of ours; any other is raised again."""
    if not isinstance(error, NNRError):
        raise error
    assert type(error).code != type(error).__bases__[0].code, "a class of its own"
    return type(error).__name__, error.code, line


def findings(words: Sequence[object], printed: str, status: int) -> list[Error]:
    """The rules that `check` finds broken, those of errors."""
    if "--json" in words:
        record = json.loads(printed)
        rules = {one["rule"]: one["message"] for one in record["findings"] if is_error(one)}
    else:
        lines = re.findall(r"^error +([a-z0-9-]+):", printed, re.MULTILINE)
        rules = dict.fromkeys(lines, "")
    assert bool(rules) == (status == 1), words
    return [("Finding", rule, line) for rule, line in sorted(rules.items())]


def is_error(finding: dict[str, Any]) -> bool:
    return bool(finding["severity"] == "error")


def ends(work: Callable[[], object]) -> list[Error]:
    """How an operation of the library ends; what is no error of ours gets through."""
    try:
        work()
    except NNRError as error:
        assert str(error).isprintable()
        return [error_of(error, "")]
    return []


def outcomes(path: Path, watched: Watched) -> dict[str, list[Error]]:
    """How each operation and command ends, those that end with an error."""
    found = {name: ends(work) for name, work in functions(path)}
    broken = sorted({one.rule.id for one in check(path) if one.severity.value == "error"})
    found["check()"] = [("Finding", rule, "") for rule in broken]
    data = path.read_bytes()
    with contextlib.chdir(path.parent), tempfile.TemporaryDirectory() as temporary:
        for number, words in enumerate(commands(path.name, "FOLDER")):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            beside = put_beside(folder, data)
            here = [str(word).replace("FOLDER", str(folder)) for word in words]
            ended = watched.run(here, data)
            found[title(words, path.name)] = [
                (kind, code, line.replace(str(folder) + "/", "")) for kind, code, line in ended
            ]
            if ended:
                left = {entry.name for entry in folder.iterdir()}
                assert left == beside, f"{words}: {left}"
    return {name: errors for name, errors in found.items() if errors}


def run_all(paths: Sequence[Path]) -> dict[str, dict[str, list[Error]]]:
    """How everything ends for each file, by its name; done by two processes of 1 GiB each."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.every_operation", *map(str, part)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
        )
        for part in (paths[::2], paths[1::2])
    ]
    found: dict[str, dict[str, list[Error]]] = {}
    for process in running:
        out, err = process.communicate()
        assert process.returncode == 0, err.decode()[-2000:]
        for name, ended in json.loads(out).items():
            found[name] = {
                operation: [(kind, code, line) for kind, code, line in errors]
                for operation, errors in ended.items()
            }
    return found


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    for module in ("numpy", "safetensors", "torch"):  # the same in every environment
        sys.modules[module] = None  # type: ignore[assignment]
    os.environ.pop("COLUMNS", None)
    found: dict[str, Any] = {}
    watched = Watched()
    for path in map(Path, sys.argv[1:]):
        try:
            found[str(path)] = outcomes(path.resolve(), watched)
        except Exception as error:
            found[str(path)] = {"fault": [(type(error).__name__, "fault", str(error))]}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
