"""`pymp4-nnr info`: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import pymp4_nnr
from pymp4_nnr.bitstream import Context, encode_unit, split
from pymp4_nnr.cli import main
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.round_trip import muxed

EXPECTED = sorted([*FOLDER.glob("*.hls.json"), *FOLDER.glob("*.fields.json")])
BROKEN = sorted((FOLDER / "broken").glob("*.nnr"))


def run(*arguments: str | Path, columns: int = 160, **options: Any) -> Result:
    return CliRunner().invoke(
        main, ["info", *map(str, arguments)], env={"COLUMNS": str(columns)}, **options
    )


def ok(*arguments: str | Path, **options: Any) -> str:
    done = run(*arguments, **options)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def lines(*arguments: str | Path, **options: Any) -> list[str]:
    """Lines of the output, runs of spaces made one."""
    return [" ".join(line.split()) for line in ok(*arguments, **options).splitlines()]


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    path = tmp_path / "lenet5.mp4"
    pymp4_nnr.mux(LENET, path)
    return path


# --- JSON


def units_of(path: Path) -> list[dict[str, Any]]:
    document = json.loads(ok("--json", path))
    units: list[dict[str, Any]] = (
        document["units"] if document["format"] == "nnr" else document["tracks"][0]["units"]
    )
    return units


def as_expected(unit: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The elements of a unit in the form of the expected values, see fixtures/nnr/README.md."""
    fields = {**unit["header"], **(unit["payload"] or {})}
    for name in ("topology_data", "quantization_data"):
        if name in fields:
            fields[f"{name}_hex"] = fields[name]
            text = bytes.fromhex(fields[name])
            fields[name] = text.removesuffix(b"\0").decode("utf-8", "replace")
    if "cabac_entry_point_list" in wanted:
        fields["cabac_entry_point_list"] = [
            (point["bit_offset"] << 11) + (point["value"] << 3) + point.get("dq_state", 0)
            for point in fields.get("cabac_entry_points", [])
        ]
    for key, suffix in (("codebook", ""), ("codebook_dc", "dc")):
        if key in fields:
            book = fields[key]
            zero = (book["codebook_size"] >> 1) + book["codebook_centre_offset"]
            fields |= {
                f"codebook_egk__{suffix}": book["codebook_egk"],
                f"codebook_size__{suffix}": book["codebook_size"],
                f"CbZeroOffset__{suffix}": zero,
                f"codebook__{suffix}": book["values"],
            }
    return fields


NOT_OF_THE_UNIT = {
    *("offset", "size", "incomplete", "opaque_hex", "payload_offset", "general_profile_idc"),
    *("mps_topology_indexed_reference_flag", "mps_parent_signalling_enabled_flag"),
}


@pytest.mark.parametrize("kind", ["nnr", "mp4"])
@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.name)
def test_every_element_that_the_codec_or_the_maker_gives(
    path: Path, kind: str, tmp_path: Path
) -> None:
    expected = json.loads(path.read_text())
    expected = expected["units"] if isinstance(expected, dict) else expected
    source = FOLDER / (path.name.split(".")[0] + ".nnr")
    if kind == "mp4":
        pymp4_nnr.mux(source, tmp_path / "file.mp4")
        source = tmp_path / "file.mp4"
    units = units_of(source)
    assert len(units) == len(expected)
    for unit, wanted in zip(units, expected, strict=True):
        found = as_expected(unit, wanted)
        for name in set(wanted) - NOT_OF_THE_UNIT | set(wanted) & set(found):
            assert found[name] == wanted[name], name
        stops = wanted.get("incomplete") is not None or "opaque_hex" in wanted
        assert (unit["incomplete"] is not None) == stops
        assert unit["size"] == wanted["size"]
        if kind == "nnr":
            assert unit["offset"] == wanted["offset"]
        if unit["nnr_unit_type"] == "NNR_NDU":
            assert unit["payload"] is None
            if "payload_offset" in wanted and not stops:
                end = wanted["offset"] + wanted["size"]
                assert unit["payload_size"] == end - wanted["payload_offset"]
        else:
            assert unit["payload_size"] is None


def test_the_forms_of_json(movie: Path) -> None:
    document = json.loads(ok("--json", LENET))
    assert list(document) == ["format", "size", "units"]
    assert (document["format"], document["size"]) == ("nnr", LENET.stat().st_size)
    keys = ["index", "offset", "size", "nnr_unit_type", "independently_decodable_flag"]
    keys += ["partial_data_counter", "sample", "header", "payload", "payload_size", "incomplete"]
    assert {tuple(unit) for unit in document["units"]} == {tuple(keys)}
    assert document["units"][2]["payload"] == {"topology_data": "00"}

    document = json.loads(ok("--json", movie))
    assert list(document) == ["format", "size", "tracks"]
    [track] = document["tracks"]
    units = track.pop("units")
    assert track == {
        "track_id": 1,
        "name": "Neural network (NNR)",
        "sample_entry": "nnr1",
        "handler_type": "meta",
        "timescale": 1000,
        "duration": 10,
        "samples": 10,
    }
    assert [unit["sample"] for unit in units] == [None] * 3 + [*range(1, 11)]
    data = movie.read_bytes()
    for unit, original in zip(units, split(LENET), strict=True):
        assert data[unit["offset"] :][: unit["size"]] == original.data


def test_json_gives_the_unit_back(movie: Path) -> None:
    context = Context()
    for unit, original in zip(units_of(movie), split(LENET), strict=True):
        size = unit["payload_size"] or 0
        fields = {"header": unit["header"], "payload": unit["payload"]}
        data = original.data[original.size - size :]
        assert encode_unit({**fields, "data": data}, context) == original.data
        if unit["nnr_unit_type"] == "NNR_STR":
            context.general_profile_idc = unit["header"]["general_profile_idc"]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_broken_bitstream_gives_whole_json_or_none(path: Path) -> None:
    done = run("--json", path)
    if done.exit_code == 0:
        assert any(unit["incomplete"] for unit in json.loads(done.stdout)["units"]) or (
            path.name == "text_not_utf8.nnr"
        )
    else:
        assert done.exit_code == 1
        assert done.stdout == ""
        assert done.stderr.startswith("pymp4-nnr: ")
        assert done.stderr.count("\n") == 1


def test_json_of_many_units_that_is_broken_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "many.nnr"
    path.write_bytes(
        EDITION_2 + named_ndu("a", b"") * 3000 + b"\xff"
    )  # past what is held in memory
    done = run("--json", path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "unit 3001" in done.stderr


# --- tables


def test_a_bitstream_for_people() -> None:
    found = lines(LENET)
    assert found[0] == f"{LENET}: NNR bitstream, {LENET.stat().st_size} bytes"
    assert "index offset size type indep tensor dimensions details" in found
    assert "0 0 4 NNR_STR 1 general_profile_idc 1 (edition 2)" in found
    assert (
        "7 2600 44004 NNR_NDU 1 fc1.weight 120x400 PT_FLOAT, dq, device 0, parameter 4, depth 0"
    ) in found
    assert found[-1] == "13 units (10 NNR_NDU, 1 NNR_STR, 1 NNR_MPS, 1 NNR_TPL)"


def test_a_track_for_people(movie: Path) -> None:
    found = lines(movie)
    assert found[0] == f"{movie}: MP4 file, {movie.stat().st_size} bytes, 1 NNR track"
    assert (
        "track 1: 'Neural network (NNR)', nnr1, handler 'meta', timescale 1000, "
        "duration 10 (0.01 s), 10 samples"
    ) in found
    assert "index offset size type indep sample tensor dimensions details" in found
    assert any(" NNR_NDU 1 5 fc1.weight 120x400 PT_FLOAT" in line for line in found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parent_nodes", "PT_FLOAT, device 1, parameter 40, depth 2, parent device 3, temporal"),
        ("parent_nodes", "parent SHA-256 664e8fb694df..."),
        ("codebook", "codebook of "),
        ("block", "conv.weight, bn.bias, bn.weight and 3 more 16x8x3x3 PT_BLOCK, dq, BN+BI"),
        ("block_decomposed", "DC+BI, rank 6, scan order 1, 4 entry points"),
        ("partial_data", "part 2, PT_FLOAT"),
        ("data_formats", "decompressed data format 99"),
        ("topologies", "REFLIST, PT_RAW, 4 names"),
        ("topologies", "storage format 200, PT_RAW, 0 bytes"),
        ("qnt_agg", "NNR_AGG 1 syntax not available"),
        ("lps", "self_contained"),
        ("indexed_references", "#300, conv.weight"),
        ("out_of_band", "incomplete: the tensor dimensions are sent out of band"),
        ("mps_maps_edition2", "base_model_id edsr-baseline-x2"),
        ("dependent", " NNR_NDU 0 "),
    ],
)
def test_what_details_say(name: str, words: str) -> None:
    assert words in "\n".join(lines(FOLDER / f"{name}.nnr", columns=250))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.nnr")), ids=lambda path: path.name)
@pytest.mark.parametrize("columns", [80, 100, 160])
def test_tables_fit(path: Path, columns: int) -> None:
    for arguments in ([], ["--tensors"]):
        text = ok(path, *arguments, columns=columns)
        assert all(len(line) <= columns for line in text.splitlines()[1:-1])


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "names.nnr"
    path.write_bytes(EDITION_2 + named_ndu("a\x1b[31m\n[b]x[/b]", b"") + named_ndu("w\udcff", b""))
    for arguments in ([], ["--tensors"]):
        text = ok(path, *arguments)
        assert "\x1b" not in text
        assert r"a\x1b[31m\n[b]x[/b]" in text
        assert r"w\xff" in text
    [name, _] = [
        tensor["name"] for tensor in json.loads(ok(path, "--tensors", "--json"))["tensors"]
    ]
    assert name == "a\x1b[31m\n[b]x[/b]"


def test_long_names_fold(tmp_path: Path) -> None:
    path = tmp_path / "long.nnr"
    name = "module." * 40 + "weight"
    path.write_bytes(EDITION_2 + named_ndu(name, b""))
    text = ok(path, columns=100)
    assert max(map(len, text.splitlines()[1:])) <= 100
    assert "PT_FLOAT" in text
    # Details stand between the folds of the name.
    assert "".join(text.split()).count("module.") > 30


def test_rows_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "many.nnr"
    path.write_bytes(EDITION_2 + b"".join(named_ndu(f"w{i}", b"") for i in range(500)))
    pymp4_nnr.mux(path, tmp_path / "many.mp4")
    for source in (path, tmp_path / "many.mp4"):
        found = lines(source)
        assert any(line.startswith("199 ") for line in found)
        assert not any(line.startswith("200 ") for line in found)
        assert found[-2:] == [
            "... 301 more units; --all shows them",
            "501 units (500 NNR_NDU, 1 NNR_STR)",
        ]
        everything = lines(source, "--all")
        assert [
            int(line.split()[0])
            for line in everything
            if " NNR_" in line[:40] and "units" not in line
        ] == [*range(501)]
        found = lines(source, "--tensors")
        assert found[-2:] == ["... 300 more rows; --all shows them", "500 tensors in 500 NDUs"]
        assert lines(source, "--tensors", "--all")[-3].startswith("w499 ")


def test_units_before_a_fault_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "cut.nnr"
    path.write_bytes(LENET.read_bytes()[:-1])
    done = run(path)
    assert done.exit_code == 1
    assert "fc3.weight" in done.stdout
    assert "fc3.bias" not in done.stdout
    assert (
        done.stderr
        == "pymp4-nnr: unit 12, byte offset 57226: nnr_unit_size is 65, 64 bytes are left\n"
    )


def test_a_wrong_sample_size_is_told(movie: Path) -> None:
    data = bytearray(movie.read_bytes())
    place = data.index(b"mdat") + 4
    data[place : place + 2] = b"\x00\xbd"
    movie.write_bytes(data)
    done = run(movie)
    assert done.exit_code == 1
    assert "nnr_unit_size is 189, its sample has 188 bytes" in done.stderr


def test_several_tracks_and_none(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    pymp4_nnr.mux([LENET, FOLDER / "block.nnr"], path, name=["first", "\x1bsecond"])
    found = lines(path)
    assert found[0].endswith("2 NNR tracks")
    assert any(line.startswith("track 1: 'first', nnr1") for line in found)
    assert any(line.startswith(r"track 2: '\\x1bsecond', nnr1") for line in found)
    assert [len(t["units"]) for t in json.loads(ok(path, "--json"))["tracks"]] == [13, 6]
    assert [len(t["tensors"]) for t in json.loads(ok(path, "--tensors", "--json"))["tracks"]] == [
        10,
        9,
    ]
    path.write_bytes(bytes.fromhex("00000008") + b"free" + bytes.fromhex("00000008") + b"moov")
    assert lines(path) == [f"{path}: MP4 file, 16 bytes, no NNR track"]
    assert json.loads(ok(path, "--json")) == {"format": "mp4", "size": 16, "tracks": []}


def test_a_track_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(muxed(EDITION_2))
    assert lines(path)[-1] == "1 unit (1 NNR_STR)"
    assert lines(path, "--tensors")[-1] == "0 tensors in 0 NDUs"


def test_segments(movie: Path, tmp_path: Path) -> None:
    data = movie.read_bytes()
    place = data.index(b"mdat") - 4
    parts = [tmp_path / "init.mp4", tmp_path / "1.m4s"]
    parts[0].write_bytes(data[:place])
    parts[1].write_bytes(data[place:])
    assert json.loads(ok("--json", *parts)) == json.loads(ok("--json", movie))


def test_standard_input() -> None:
    done = run("-", "--json", input=LENET.read_bytes())
    assert len(json.loads(done.stdout)["units"]) == 13


# --- tensors


def test_tensors_for_people(movie: Path) -> None:
    found = lines(movie, "--tensors")
    assert "tensor round sample offset size dimensions details" in found
    assert any(line.startswith("fc1.weight 0 5 ") and "44004 120x400" in line for line in found)
    assert found[-1] == "10 tensors in 10 NDUs"
    found = lines(FOLDER / "partial_data.nnr", "--tensors")
    assert "split.weight 0 2 1 20 31 4x3 PT_FLOAT" in found
    assert found[-1] == "1 tensor in 3 NDUs"
    assert "bn.bias 0 1 18 1496 16x8x3x3 PT_BLOCK, block of 6, dimensions of its weight" in (
        lines(FOLDER / "block.nnr", "--tensors")
    )


def test_tensors_as_json(movie: Path) -> None:
    [track] = json.loads(ok("--tensors", "--json", movie))["tracks"]
    data = movie.read_bytes()
    units = list(split(LENET))
    for tensor in track["tensors"]:
        [part] = tensor["parts"]
        assert part["tensors"] == [tensor["name"]]
        assert data[part["offset"] :][: part["size"]] == units[part["index"]].data
        assert part["payload_offset"] + part["payload_size"] == part["offset"] + part["size"]
    document = json.loads(ok("--tensors", "--json", FOLDER / "incremental_1.nnr"))
    assert {p["update_round"] for t in document["tensors"] for p in t["parts"]} == {2}


def usage_errors() -> Sequence[Sequence[str]]:
    return [[], ["--nothing", "x"]]


@pytest.mark.parametrize("arguments", usage_errors())
def test_wrong_usage(arguments: Sequence[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_no_such_file() -> None:
    done = run("nothing" + os.sep + "here.nnr")
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
