"""`pymp4-nnr info --json`: for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pymp4_nnr
from pymp4_nnr import mux
from pymp4_nnr.bitstream.codec import encode_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.splitter import split
from tests.cli.command import assert_fails, call
from tests.cli.info import info, info_json, units_of
from tests.mp4.fragmented import fragmented
from tests.nnr.streams import FOLDER, MIXED, NDUS, SIMPLE, START, TOPOLOGY, unit
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.paths import ROOT

UNIT_KEYS = {
    *("index", "offset", "size", "type", "independently_decodable_flag"),
    *("partial_data_counter", "sample"),
}
TRACK_KEYS = {
    *("track_id", "sample_entry", "handler_type", "timescale", "duration", "samples", "units"),
}


def test_json_of_a_bitstream(files: Path) -> None:
    aggregate = unit(6, b"aggregate")
    counted = b"\0\6\x15\7\1\2"  # independently_decodable_flag 0, partial_data_counter 7
    unknown = unit(9, b"?"), unit(40, b"?", long=True)
    stream = b"".join([START, counted, aggregate, *unknown])
    (files / "x.nnr").write_bytes(stream)
    found = info_json(files / "x.nnr")
    assert set(found) == {"format", "size", "units"}
    assert (found["format"], found["size"]) == ("nnr", len(stream))
    rows = [
        (0, 0, 4, "NNR_STR", 1, None, None),
        (1, 4, 6, "NNR_NDU", 0, 7, 1),
        (2, 10, 12, "NNR_AGG", 1, None, None),
        (3, 22, 4, "NNR_RSVD_9", 1, None, None),
        (4, 26, 6, "NNR_UNSP_40", 1, None, None),
    ]
    keys = ["index", "offset", "size", "type", "independently_decodable_flag"]
    keys += ["partial_data_counter", "sample"]
    assert [tuple(unit[key] for key in keys) for unit in found["units"]] == rows


def check_json_of_file(path: Path, stream: bytes, sizes: list[int]) -> None:
    """Each unit's offset is its place in that file, and the order that of the bitstream."""
    data = path.read_bytes()
    found = info_json(path)
    assert set(found) == {"format", "size", "tracks"}
    assert (found["format"], found["size"]) == ("mp4", len(data))
    (track,) = found["tracks"]
    assert set(track) >= TRACK_KEYS
    told = {key: track[key] for key in TRACK_KEYS - {"units"}}
    assert told == {
        "track_id": 1,
        "sample_entry": "nnr1",
        "handler_type": "meta",
        "timescale": 1000,
        "duration": track["duration"],
        "samples": len(sizes),
    }
    assert [unit["index"] for unit in track["units"]] == list(range(len(track["units"])))
    parts = [data[unit["offset"] :][: unit["size"]] for unit in track["units"]]
    assert b"".join(parts) == stream
    samples = [unit for unit in track["units"] if unit["sample"] is not None]
    assert [unit["sample"] for unit in samples] == list(range(1, len(sizes) + 1))
    assert [unit["size"] for unit in samples] == sizes
    assert {unit["type"] for unit in samples} <= {"NNR_NDU"}
    for record in track["units"]:
        assert set(record) >= UNIT_KEYS
        assert record["independently_decodable_flag"] in (0, 1)
        assert (record["type"] == "NNR_NDU") == (record["sample"] is not None)


def test_json_of_a_file(files: Path) -> None:
    check_json_of_file(files / "in.mp4", MIXED, [len(ndu) for ndu in NDUS])
    (track,) = info_json(files / "in.mp4")["tracks"]
    assert track["duration"] == 4
    types = ["STR", "NDU", "TPL", "MPS", "NDU", "NDU", "NDU", "TPL"]
    assert [unit["type"] for unit in track["units"]] == [f"NNR_{name}" for name in types]


def test_json_of_fragments(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(fragmented())
    check_json_of_file(tmp_path / "x.mp4", SIMPLE, [len(ndu) for ndu in NDUS])


def test_json_of_a_file_without_samples(tmp_path: Path) -> None:
    mux(START + TOPOLOGY, tmp_path / "x.mp4")
    check_json_of_file(tmp_path / "x.mp4", START + TOPOLOGY, [])


@pytest.mark.parametrize("name", ["plain.nnr", "interleaved.nnr", "unknown_types.nnr", "block.nnr"])
def test_json_is_the_same_in_both_files(name: str, tmp_path: Path) -> None:
    mux(FOLDER / name, tmp_path / "x.mp4")
    here = info_json(FOLDER / name)["units"]
    there = info_json(tmp_path / "x.mp4")["tracks"][0]["units"]
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert one["sample"] == other["sample"]
        for record in (one, other):
            del record["offset"]
    assert here == there


def test_json_of_a_file_without_nnr_track() -> None:
    assert info_json(ROOT / "fixtures/mp4/h264_aac.mp4")["tracks"] == []


def test_nothing_is_printed_of_a_broken_file_before_its_fault(files: Path) -> None:
    (files / "cut.nnr").write_bytes(MIXED[:-1])
    assert_fails(call("info", "--json", files / "cut.nnr"), "unit 7")
    data = bytearray((files / "in.mp4").read_bytes())
    data[-len(NDUS[3]) + 1] += 1
    (files / "bad.mp4").write_bytes(data)
    assert_fails(call("info", "--json", files / "bad.mp4"), "unit 6")


def test_a_stream_that_looks_like_boxes_is_a_stream(tmp_path: Path) -> None:
    """Bytes 4 to 7 of a bitstream may be anything, `free` too."""
    stream = unit(9, b"\0free!!") + NDUS[0]
    assert stream[4:8] == b"free"
    (tmp_path / "x.nnr").write_bytes(stream)
    assert info_json(tmp_path / "x.nnr")["format"] == "nnr"


def as_expected(record: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The elements of a unit in the form of the expected values, see fixtures/nnr/README.md."""
    fields = {**record["header"], **(record["payload"] or {})}
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


EXPECTED = sorted([*FOLDER.glob("*.hls.json"), *FOLDER.glob("*.fields.json")])
BROKEN = sorted((FOLDER / "broken").glob("*.nnr"))

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
    for record, wanted in zip(units, expected, strict=True):
        found = as_expected(record, wanted)
        for name in set(wanted) - NOT_OF_THE_UNIT | set(wanted) & set(found):
            assert found[name] == wanted[name], name
        stops = wanted.get("incomplete") is not None or "opaque_hex" in wanted
        assert (record["incomplete"] is not None) == stops
        assert record["size"] == wanted["size"]
        if kind == "nnr":
            assert record["offset"] == wanted["offset"]
        if record["type"] == "NNR_NDU":
            assert record["payload"] is None
            if "payload_offset" in wanted and not stops:
                end = wanted["offset"] + wanted["size"]
                assert record["payload_size"] == end - wanted["payload_offset"]
        else:
            assert record["payload_size"] is None


def test_the_forms_of_json(movie: Path) -> None:
    document = info_json(LENET)
    assert list(document) == ["format", "size", "units"]
    assert (document["format"], document["size"]) == ("nnr", LENET.stat().st_size)
    keys = ["index", "offset", "size", "type", "independently_decodable_flag"]
    keys += ["partial_data_counter", "sample", "header", "payload", "payload_size", "incomplete"]
    assert {tuple(record) for record in document["units"]} == {tuple(keys)}
    assert document["units"][2]["payload"] == {"topology_data": "00"}

    document = info_json(movie)
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
    assert [record["sample"] for record in units] == [None] * 3 + [*range(1, 11)]
    data = movie.read_bytes()
    for record, original in zip(units, split(LENET), strict=True):
        assert data[record["offset"] :][: record["size"]] == original.data


def test_json_gives_the_unit_back(movie: Path) -> None:
    context = Context()
    for record, original in zip(units_of(movie), split(LENET), strict=True):
        size = record["payload_size"] or 0
        fields = {"header": record["header"], "payload": record["payload"]}
        data = original.data[original.size - size :]
        assert encode_unit({**fields, "data": data}, context) == original.data
        if record["type"] == "NNR_STR":
            context.general_profile_idc = record["header"]["general_profile_idc"]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.name)
def test_a_broken_bitstream_gives_whole_json_or_none(path: Path) -> None:
    done = info("--json", path)
    if done.exit_code == 0:
        assert any(record["incomplete"] for record in json.loads(done.stdout)["units"]) or (
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
    done = info("--json", path)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "unit 3001" in done.stderr


def test_standard_input() -> None:
    done = info("-", "--json", stdin=LENET.read_bytes())
    assert len(json.loads(done.stdout)["units"]) == 13


def types_of(record: Any, found: dict[str, dict[str, str]], key: str, source: str) -> None:
    """The JSON types of the values of every key, each with a file that has it."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    kind = "null" if record is None else kinds.get(type(record), "object")
    found.setdefault(key, {}).setdefault(kind, source)
    if isinstance(record, dict):
        for name, value in record.items():
            types_of(value, found, name, source)
    elif isinstance(record, list):
        for value in record:
            types_of(value, found, f"{key}[]", source)


def test_json_has_one_type_for_a_key(movie: Path) -> None:
    """In all documents of all fixtures; so a program can have a schema."""
    found: dict[str, dict[str, str]] = {}
    sources = [movie, *FOLDER.glob("*.nnr"), *(ROOT / "fixtures/delivery").glob("*.mp4")]
    sources += [ROOT / "fixtures/mp4/mp4box_image.heic", ROOT / "fixtures/mp4/h264_aac.mp4"]
    for path in sources:
        for form in ([], ["--tensors"]):
            done = call("info", "--json", *form, path)
            if done.exit_code:
                assert path.parent.name == "delivery"  # some have lost what a track needs
                continue
            types_of(json.loads(done.stdout), found, "", path.name)
    assert len(found) > 150
    mixed = {key: kinds for key, kinds in found.items() if len(kinds.keys() - {"null"}) > 1}
    assert mixed == {}


def test_json_of_one_track(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    mux([LENET, FOLDER / "block.nnr"], path)
    for form in ([], ["--tensors"]):
        document = json.loads(call("info", "--json", "--track", 2, *form, path).stdout)
        assert [track["track_id"] for track in document["tracks"]] == [2]
    assert_fails(call("info", "--json", "--track", 3, path), "track 3 is no NNR track")
