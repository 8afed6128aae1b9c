"""`pymp4-nnr dump`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import mux
from pymp4_nnr.boxes.box_names import BOX_NAMES
from pymp4_nnr.boxes.registry import (
    UNKNOWN_BOX,
    UNKNOWN_ENTRY,
    declared_box,
    declared_sample_entry,
)
from pymp4_nnr.operations.dump import box_lines, dump
from tests.cli.command import assert_fails, call, execute
from tests.mp4.boxes import box, full, u32
from tests.mp4.forge import read_boxes
from tests.mp4.read import Node, nodes
from tests.nnr.streams import MIXED, START, unit
from tests.paths import FIXTURES, ROOT

FILES = sorted(
    path
    for path in (FIXTURES / "mp4").iterdir()
    if path.is_file() and path.suffix not in (".py", ".json", ".md")
)
VIDEO = FIXTURES / "mp4" / "h264_aac.mp4"


def tree(*arguments: object, columns: int | None = 100) -> list[str]:
    """The lines of the tree, without the line that names the file."""
    done = call("dump", *arguments, columns=columns)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout.splitlines()[1:]


@pytest.mark.parametrize("form", [[], ["--full"]])
def test_dump_shows_the_tree_without_media_data(form: list[str], files: Path) -> None:
    large = START + unit(5, b"tons of samples" * 100_000, long=True)
    mux(large, files / "large.mp4")
    for name in ("in.mp4", "large.mp4"):
        result = call("dump", *form, files / name)
        assert (result.exit_code, result.stderr) == (0, "")
        for word in ("nnr1", "nnrC", "NNR_STR", "stsz", "mdat"):
            assert word in result.stdout
        assert "tons of samples" not in result.stdout
        lines = result.stdout.splitlines()
        entry = next(line for line in lines if "nnr1" in line)
        box = next(line for line in lines if "stsd" in line)
        if form:
            assert len(entry) - len(entry.lstrip()) > len(box) - len(box.lstrip())
        else:
            assert entry.index("nnr1") > box.index("stsd")
    mdat = read_boxes((files / "large.mp4").read_bytes())[-1]
    assert str(mdat.size) in result.stdout or str(mdat.size - 8) in result.stdout


def test_dump_of_any_file() -> None:
    for path in sorted((ROOT / "fixtures/mp4").glob("hand_*")):
        result = call("dump", path)
        assert (result.exit_code, result.stderr) == (0, ""), path


def test_the_whole_tree_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    stts = full(b"stts", 0, 0, u32(5), u32(1, 2) * 4 + u32(7, 8))
    stco = full(b"stco", 0, 0, u32(2, 48, 446))
    path.write_bytes(
        box(b"ftyp", b"isom", u32(512), b"isommp42")
        + box(b"moov", box(b"trak", stts, stco), box(b"abcd", b"12345"))
        + box(b"mdat", bytes(10))
    )
    assert tree(path, columns=80) == [
        "offset    size  box",
        "     0      24  ftyp  file type  major_brand=isom minor_version=512 ...",
        "    24     109  moov  movie",
        "    32      88  ├ trak  track",
        "    40      56  │ ├ stts  decoding times  entries=5 rows",
        "                │ │     1: sample_count=1 sample_delta=2",
        "                │ │     2: sample_count=1 sample_delta=2",
        "                │ │     3: sample_count=1 sample_delta=2",
        "                │ │   ...",
        "                │ │     5: sample_count=7 sample_delta=8",
        "    96      24  │ └ stco  chunk offsets  entries=[48, 446]",
        "   120      13  └ abcd  data=3132333435",
        "   133      18  mdat  media data",
    ]
    assert tree(path, "--depth", 1)[2:] == [
        "    24     109  moov  movie",
        "   133      18  mdat  media data",
    ]
    assert tree(path, "--box", "moov/trak/stco")[1:] == [
        "    96      24  stco  chunk offsets  entries=[48, 446]"
    ]


LINE = re.compile(r" *(?P<offset>\d*) +(?P<size>\d*)  (?P<guides>[│├└ ]*)(?P<type>\S+)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_box_has_a_line_with_its_place(path: Path) -> None:
    """Offset and size are those of the bytes; every box header of the file has its line."""
    data = path.read_bytes()
    places = []
    for line in tree(path, columns=None)[1:]:
        match = LINE.match(line)
        assert match is not None, line
        if not match["size"]:
            continue  # a row
        offset, size = int(match["offset"]), int(match["size"])
        code = data[offset + 4 : offset + 8].decode("latin-1").strip()
        shown = match["type"]
        assert shown == code or "\\x" in shown, line
        told = int.from_bytes(data[offset : offset + 4])
        assert size == told or told in (0, 1), line
        places.append(offset)
    assert places == sorted(places)
    assert {node.start for node in every_node(nodes(data))} <= set(places)


def every_node(found: list[Node]) -> Iterator[Node]:
    for node in found:
        yield node
        yield from every_node(node.children)


@pytest.mark.parametrize("columns", [60, 80, 100, 132])
def test_lines_fit(columns: int) -> None:
    for path in FILES:
        assert max(map(len, tree(path, columns=columns))) <= columns, path


def test_colours_are_for_terminals() -> None:
    plain = execute("dump", VIDEO, COLUMNS="100")
    assert b"\x1b" not in plain.stdout
    assert b"\x1b" not in execute("dump", VIDEO, FORCE_COLOR="1", NO_COLOR="1").stdout
    coloured = execute("dump", VIDEO, FORCE_COLOR="1", COLUMNS="100", TERM="xterm").stdout
    assert b"\x1b[" in coloured
    assert re.sub(rb"\x1b\[[\d;]*m", b"", coloured) == plain.stdout


def test_an_encoding_without_lines() -> None:
    done = execute("dump", VIDEO, PYTHONIOENCODING="ascii")
    assert b"|-trak" in done.stdout
    assert b"\\u25" not in done.stdout


def test_a_box_by_its_path(tmp_path: Path) -> None:
    [mdia] = tree(VIDEO, "--box", "moov/trak[1]/mdia", "--depth", "1")[1:]
    assert mdia.split()[:3] == ["2602", "589", "mdia"]
    types = [line.split()[2] for line in tree(VIDEO, "--box", "moov/trak/mdia", "--depth", 1)[1:]]
    assert types == ["mdia", "mdia"]
    [url] = tree(VIDEO, "--box", "moov/trak[0]/mdia/minf/dinf/dref/url ")[1:]
    assert url.split()[2] == "url"
    shown = call("dump", VIDEO, "--full", "--box", "moov/mvhd").stdout
    [moov] = [one for one in dump(VIDEO) if one.type == b"moov"]
    assert shown.splitlines() == list(box_lines(moov.children[0]))
    for path in ("moov/trak[2]", "moov/abcd", "moof", "mdat/x"):
        assert_fails(call("dump", VIDEO, "--box", path), path)
    assert_fails(call("dump", VIDEO, "--box", "moov//trak"), "moov/trak[1]/mdia")


def test_full_is_all_of_it() -> None:
    done = call("dump", "--full", VIDEO)
    expected = [line for one in dump(VIDEO) for line in box_lines(one)]
    assert done.stdout.splitlines() == expected
    assert call("dump", "--full", "--json", VIDEO).exit_code == 2


def test_many_boxes_of_a_type(tmp_path: Path) -> None:
    path = tmp_path / "fragments.mp4"
    fragment = box(b"moof", full(b"mfhd", 0, 0, u32(7))) + box(b"mdat", b"abc")
    free = box(b"udta", *[box(b"abcd")] * 70)
    path.write_bytes(box(b"ftyp", b"isom", u32(0)) + fragment * 100 + free)
    lines = [" ".join(line.split()) for line in tree(path)]
    assert sum(" moof " in line for line in lines if "more" not in line) == 3
    assert lines.index("... 97 more moof, 97 more mdat (--full shows them)") == 8
    assert sum(line.endswith("abcd") for line in lines) == 3
    assert any(line.endswith("67 more abcd (--full shows them)") for line in lines)
    [one] = tree(path, "--box", "moof[50]/mfhd")[1:]
    assert one.split()[0] == str(16 + 35 * 50 + 8)


def test_several_files_and_a_pipe(tmp_path: Path) -> None:
    first, second = tmp_path / "init.mp4", tmp_path / "1.m4s"
    first.write_bytes(box(b"ftyp", b"isom", u32(0)))
    second.write_bytes(box(b"styp", b"msdh", u32(0)))
    shown = call("dump", first, second).stdout
    assert shown.split("\n\n")[0].startswith(f"{first}: 16 bytes\n")
    assert shown.split("\n\n")[1].startswith(f"{second}: 16 bytes\n")
    piped = call("dump", "-", stdin=VIDEO.read_bytes()).stdout
    assert piped == call("dump", VIDEO).stdout.replace(str(VIDEO), "-")
    (tmp_path / "empty").touch()
    assert_fails(call("dump", tmp_path / "empty"), "byte offset 0: the file is empty")


def test_boxes_before_a_fault_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(VIDEO.read_bytes()[:-1])
    done = call("dump", path)
    assert_fails(done, "moov, byte offset 1720", silent=False)
    assert [line.split()[2] for line in done.stdout.splitlines()[2:]] == ["ftyp", "free", "mdat"]


# --- JSON


def dump_json(*arguments: object) -> list[dict[str, Any]]:
    done = call("dump", "--json", *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    files: list[dict[str, Any]] = json.loads(done.stdout)["files"]
    return files


def test_json_of_a_file() -> None:
    [file] = dump_json(VIDEO)
    assert (file["file"], file["size"]) == (str(VIDEO), VIDEO.stat().st_size)
    assert [one["type"] for one in file["boxes"]] == ["ftyp", "free", "mdat", "moov"]
    trak = file["boxes"][3]["children"][1]
    assert (trak["type"], trak["name"], trak["offset"], trak["size"]) == (
        "trak",
        "track",
        1836,
        630,
    )
    stbl = trak["children"][2]["children"][2]["children"][2]
    stsz = next(one for one in stbl["children"] if one["type"] == "stsz")
    assert stsz["fields"]["entry_sizes"] == [329, 13, 24, 20, 19]
    [file] = dump_json(VIDEO, "--box", "moov/trak", "--depth", 1)
    assert [(one["type"], one["children"]) for one in file["boxes"]] == [("trak", [])] * 2


def types_of(record: Any, place: tuple[str, ...], found: dict[tuple[str, ...], set[str]]) -> None:
    """The JSON types of every key: of fields by the type of box that they are in."""
    if isinstance(record, list):
        for item in record:
            found.setdefault((*place, "[]"), set()).add(json_type(item))
            types_of(item, place, found)
    elif isinstance(record, dict):
        inside = (record["type"],) if {"type", "children"} <= record.keys() else ()
        for key, value in record.items():
            where = (*inside, "fields", key) if key == "fields" else (*place, key)
            where = where if key not in ("children", "boxes", "files") else (key,)
            found.setdefault(where, set()).add(json_type(value))
            types_of(value, where, found)


def json_type(value: Any) -> str:
    """Type of a value as JSON has it; numbers are one type."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return kinds.get(type(value), "null" if value is None else "object")


def test_json_has_one_type_for_a_key() -> None:
    found: dict[tuple[str, ...], set[str]] = {}
    for path in FILES:
        types_of(json.loads(call("dump", "--json", path).stdout), (), found)
    assert len(found) > 300
    mixed = {key: kinds for key, kinds in found.items() if len(kinds - {"null"}) > 1}
    assert mixed == {}


def test_more_boxes_than_memory_are_in_json(files: Path) -> None:
    mux(MIXED * 3000, files / "many.mp4")
    [file] = dump_json(files / "many.mp4")
    assert file["size"] == (files / "many.mp4").stat().st_size


def test_names_are_of_types_that_are_known() -> None:
    known = set(BOX_NAMES) - {"stps", "load", "data", "mean", "name"}  # two of QuickTime, and tags
    assert len(known) > 150
    for code in known:
        kind = code.encode("latin-1")
        assert (
            declared_box(kind) is not UNKNOWN_BOX
            or declared_sample_entry(kind) is not UNKNOWN_ENTRY
        ), code
    assert max(map(len, BOX_NAMES.values())) <= 32
