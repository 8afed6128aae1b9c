"""fixtures/broken: one fault in each file, and every operation ends as its manifest says."""

from __future__ import annotations

import inspect
import io
import json
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from pymp4_nnr import demux, errors, mux, remove
from pymp4_nnr.cli.app import COMMANDS
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.conformance.rules import RULES
from scripts import faults_table
from scripts.document_table import with_table
from scripts.make_broken import ATTACKS, AUXILIARY, FOLDER, ITEM, MANIFEST, file_name
from tests.every_operation import Error, commands, functions, run_all
from tests.nnr.streams import SIMPLE
from tests.paths import FIXTURES
from tests.round_trip import added, demuxed, removed

LISTED = faults_table.listed()

NOT_RUN = {
    "decode": "needs the codec; here headers alone are read",
    "encode": "needs the codec; here the command ends before that",
}
"""Public functions that are tried elsewhere, or only in part."""


@pytest.fixture(scope="module")
def ended() -> dict[str, dict[str, list[Error]]]:
    """How each operation ends for each file, in processes of 1 GiB."""
    return run_all([FOLDER / entry["name"] for entry in LISTED])


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["name"])
def test_every_operation_ends_as_listed(
    entry: dict[str, Any], ended: dict[str, dict[str, list[Error]]]
) -> None:
    there = ended[str(FOLDER / entry["name"])]
    given = by_error(faults_table.gives(there))
    wanted = by_error(entry["gives"])
    new = {("Finding", rule): given.pop(("Finding", rule)) for rule in new_rules(given, wanted)}
    assert given == wanted, "python -m scripts.faults_table"
    for operations in new.values():
        assert operations <= {"check()", "check FILE", "check --json FILE"}
    if entry["error"] is None or entry["error"]["class"] != "Finding":
        found = faults_table.natural(entry["name"], there)
        assert found == entry["error"] or (found and found["class"] == "Finding")
    else:
        rules = {code: line for _, code, line in there["check --json FILE"]}
        assert rules[entry["error"]["code"]] == entry["error"]["line"]


def by_error(gives: list[dict[str, str]]) -> dict[tuple[str, str], set[str]]:
    return {(one["class"], one["code"]): set(one["in"].split("; ")) for one in gives}


def new_rules(
    given: dict[tuple[str, str], set[str]], wanted: dict[tuple[str, str], set[str]]
) -> list[str]:
    """Rules of `check` that are not listed: there may be more of them from version to version."""
    return [code for kind, code in given if kind == "Finding" and (kind, code) not in wanted]


def test_every_error_has_the_code_of_its_class() -> None:
    for entry in LISTED:
        for given in (*entry["gives"], *filter(None, [entry["error"]])):
            if given["class"] == "Finding":
                assert given["code"] in RULES
            elif given["class"] != "Difference":
                assert getattr(errors, given["class"]).code == given["code"], entry["name"]


def test_the_document_has_every_file_and_its_line() -> None:
    text = faults_table.FILE.read_text(encoding="utf-8")
    assert with_table(text, faults_table.table()) == text, "python -m scripts.faults_table"
    for entry in LISTED:
        assert f"{Path(entry['name']).name}` | {entry['shows']}" in text
    assert text.count("pymp4-nnr: ") > 60


def test_every_public_function_is_run() -> None:
    public = {
        name
        for name in pymp4_nnr.__all__
        if inspect.isroutine(getattr(pymp4_nnr, name)) or name == "FragmentWriter"
    }
    run = {name.partition("(")[0] for name, _ in functions(PATH)} | {"check"}
    assert public - {*NOT_RUN} - {"unregister"} <= run, "unregister comes with register"
    assert "decode" in run, "its headers are"


def test_every_command_is_run() -> None:
    assert {str(words[0]) for words in commands("FILE", "FOLDER")} == {*COMMANDS, "mp4dump"}


PATH = FOLDER / LISTED[0]["name"]


def test_every_broken_file_of_the_fixtures_is_listed() -> None:
    there = {
        path.resolve()
        for folder in ("broken", "mp4/broken", "nnr/broken")
        for path in (FIXTURES / folder).iterdir()
        if path != MANIFEST
    }
    assert {(FOLDER / entry["name"]).resolve() for entry in LISTED} == there
    elsewhere = json.loads(MANIFEST.read_text(encoding="utf-8"))["elsewhere"]
    shown = [{"name": entry["name"], "shows": entry["shows"]} for entry in elsewhere]
    assert shown == faults_table.elsewhere()


def test_the_files_are_those_that_the_script_makes() -> None:
    files = json.loads(MANIFEST.read_text(encoding="utf-8"))["files"]
    assert {entry["name"] for entry in files} == {file_name(name) for name in ATTACKS}
    for entry in files:
        made = ATTACKS[entry["name"].removesuffix(".mp4")]
        assert (FOLDER / entry["name"]).read_bytes() == made.make(made.size), entry["name"]


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("unknown_track")])
def test_a_new_track_is_not_taken_for_one_that_is_missing(name: str) -> None:
    """3 is the next number, but something in the file means a track 3 that is not there."""
    data = (FOLDER / f"{name}.mp4").read_bytes()
    both = added(data)
    (track,) = Movie(both).tracks
    assert track.track_id == 4
    assert demuxed(both) == SIMPLE
    assert len(removed(both)) == len(data), "nothing of the others is removed"


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("item_in")])
def test_items_move_with_their_data(name: str) -> None:
    data = (FOLDER / f"{name}.mp4").read_bytes()

    def item(file: bytes) -> bytes:
        at = file.index(b"iloc") + 20  # behind version, widths, count and the fields of the item
        offset, size = int.from_bytes(file[at : at + 4]), int.from_bytes(file[at + 4 : at + 8])
        return file[offset : offset + size]

    assert item(data) == ITEM
    both = added(data)
    assert both.index(ITEM) != data.index(ITEM), "it moves"
    assert item(both) == ITEM
    assert item(removed(both)) == ITEM


@pytest.mark.parametrize("name", ["item_torn", "item_of_samples"])
def test_an_item_is_not_torn_apart(name: str) -> None:
    data = (FOLDER / f"{name}.mp4").read_bytes()
    with pytest.raises(errors.OffsetError):
        (added if name == "item_torn" else removed)(data)


def test_auxiliary_data_stays_with_its_fragment() -> None:
    data = (FOLDER / "auxiliary_apart.mp4").read_bytes()

    def auxiliary(file: bytes) -> bytes:
        base = int.from_bytes(file[(at := file.index(b"tfhd") + 12) : at + 8])
        start = base + int.from_bytes(file[(at := file.index(b"saio") + 12) : at + 4])
        return file[start : start + len(AUXILIARY)]

    assert auxiliary(data) == AUXILIARY
    assert demuxed(data) == SIMPLE
    for made in (added(data), removed(data), removed(added(data), 3)):
        assert auxiliary(made) == AUXILIARY


@pytest.mark.parametrize("name", ["free_used", "free_with_samples"])
def test_append_cuts_off_nothing_that_is_used(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.mp4"
    path.write_bytes((FOLDER / f"{name}.mp4").read_bytes())
    done = pymp4_nnr.append(path, SIMPLE)
    assert (done.number, done.repaired) == (2, 0)
    with Movie(path) as file:
        (place,) = file.extents()[1]
        assert file.source.read(*place) == b"frame one"
    assert demuxed(path) == SIMPLE * 2


@pytest.mark.parametrize("name", [name for name in ATTACKS if name.startswith("offset_types")])
def test_types_that_mean_something_else_are_kept(name: str) -> None:
    data = (FOLDER / f"{name}.mp4").read_bytes()
    both = io.BytesIO()
    mux(SIMPLE, both, into=data)
    alone = io.BytesIO()
    remove(both.getvalue(), alone, track_id=3)
    target = io.BytesIO()
    demux(alone.getvalue(), target, track_id=2)
    assert target.getvalue() == SIMPLE


ARGUMENT = "an argument causes it, not bytes of a file"
SERVER = "a server causes it (tests/remote)"
SYSTEM = "the system causes it, or another process"
FAMILY = "others derive from it; nothing has this code"
OBJECTS = "objects to be written cause it"
PART = "bytes of a part cause it that is given to a function alone, as a box to pymp4's `Box`"
CODEC = "the extra `codec` is needed; with it, in tests/outside/test_codec_on_broken_files.py"
WITHOUT_A_FILE = {
    **dict.fromkeys(
        (
            *("error", "bitstream", "box", "media", "file-format", "track", "sample-table"),
            *("server", "limit", "output", "codec"),
        ),
        FAMILY,
    ),
    **dict.fromkeys(
        (
            *("argument-not-usable", "argument-out-of-range", "box-not-found", "output-exists"),
            *("names-not-one-each", "output-is-input", "output-not-a-file", "tensor-not-found"),
        ),
        ARGUMENT,
    ),
    **dict.fromkeys(
        (
            *("server-unavailable", "server-answer-wrong", "server-ignores-range"),
            *("server-file-changed", "server-file-too-large", "url-not-supported"),
        ),
        SERVER,
    ),
    **dict.fromkeys(
        (
            *("pymp4-not-supported", "source-not-usable", "source-shortened", "output-busy"),
            *("extra-missing", "codec-missing", "output-differs"),
        ),
        SYSTEM,
    ),
    **dict.fromkeys(("syntax-element", "box-not-buildable", "not-encodable"), OBJECTS),
    **dict.fromkeys(
        (
            *("box-not-readable", "box-header-impossible", "box-truncated", "field-missing"),
            "bytes-outside-file",
        ),
        PART,
    ),
    "stored-index-broken": "the samples are read in its place; in tests/every_error.py",
    **dict.fromkeys(("codec-failed", "codec-time", "weights-file-broken"), CODEC),
}
"""Codes that no file here gives, each with the reason."""


def test_every_code_has_a_file_or_a_reason() -> None:
    given = {one["code"] for entry in LISTED for one in entry["gives"]}
    classes = vars(errors).values()
    codes = {one.code for one in classes if isinstance(one, type) and hasattr(one, "code")}
    assert len(codes) > 60
    missing = codes - given - {*WITHOUT_A_FILE}
    assert not missing, "make a file in scripts/make_broken.py"
    assert {*WITHOUT_A_FILE} <= codes
    environment = {"codec-missing", "tensor-not-found", "box-not-found"}
    assert not {*WITHOUT_A_FILE} & given - environment
