"""`pymp4-nnr info`: tables for people."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr.cli.columns import cut_words
from tests.cli.command import call
from tests.cli.info import info, lines, ok
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu
from tests.round_trip import muxed


def test_info_for_people(files: Path) -> None:
    for name in ("in.nnr", "in.mp4"):
        result = call("info", "--units", files / name)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.count("NNR_NDU") >= 4
        assert name in result.stdout


def test_a_model_at_a_glance() -> None:
    found = lines(LENET)
    assert found[0] == f"{LENET}: NNR bitstream, {LENET.stat().st_size} bytes"
    parameters = sum([6 * 25 + 6, 16 * 6 * 25 + 16, 400 * 120 + 120, 120 * 84 + 84, 84 * 10 + 10])
    size = LENET.stat().st_size - 18  # NNR_STR, NNR_MPS and NNR_TPL
    assert found[2:10] == [
        "tensors 10 in 10 NDUs",
        f"parameters {parameters:,}",
        f"bytes {size:,} in NDUs",
        f"bits per weight {size * 8 / parameters:.2f}",
        "edition 2",
        "quantization QSU, qp_density 2, quantization_parameter 0, dependent (dq) in all NDUs",
        "payload PT_FLOAT",
        "units 13 units (10 NNR_NDU, 1 NNR_STR, 1 NNR_MPS, 1 NNR_TPL)",
    ]
    assert found[11] == "largest dimensions parameters bytes share bits/weight"
    assert found[12:17] == [
        f"{name} {shape} {count:,} {bytes_:,} {bytes_ / size:.1%} {bytes_ * 8 / count:.2f}"
        for name, shape, count, bytes_ in [
            ("fc1.weight", "120x400", 48000, 44004),
            ("fc2.weight", "84x120", 10080, 9257),
            ("conv2.weight", "16x6x5x5", 2400, 2253),
            ("fc3.weight", "10x84", 840, 826),
            ("fc1.bias", "120", 120, 307),
        ]
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("codebook", "codebook in "),
        ("block", "payload PT_BLOCK, PT_FLOAT"),
        ("incremental_1", "tensors 4 in 4 NDUs"),  # no NDU of the base model
        ("partial_data", "tensors 1 in 3 NDUs"),
        ("entry_points_edition1", "edition 1"),
        ("plain_no_dq", "quantization QSU, qp_density 2, quantization_parameter 0"),
        ("no_ndu", "tensors 0 in 0 NDUs"),
    ],
)
def test_what_a_glance_says(name: str, told: str) -> None:
    assert any(line.startswith(told) or told in line for line in lines(FOLDER / f"{name}.nnr"))


def test_a_bitstream_for_people() -> None:
    found = lines(LENET, "--units")
    assert found[0] == f"{LENET}: NNR bitstream, {LENET.stat().st_size} bytes"
    assert found[2] == (
        "Every unit is independently decodable. Every NNR_NDU: PT_FLOAT, dq, device 0, depth 0."
    )
    assert "index offset size type sample tensor dimensions details" in found
    assert "0 0 4 NNR_STR general_profile_idc 1 (edition 2)" in found
    assert "7 2600 44004 NNR_NDU 5 fc1.weight 120x400 parameter 4" in found
    assert found[-1] == "13 units (10 NNR_NDU, 1 NNR_STR, 1 NNR_MPS, 1 NNR_TPL)"


def test_a_track_for_people(movie: Path) -> None:
    for form in ([], ["--units"], ["--tensors"]):
        found = lines(movie, *form)
        assert found[0] == f"{movie}: MP4 file, {movie.stat().st_size} bytes, 1 NNR track"
        assert (
            "track 1: 'Neural network (NNR)', nnr1, handler 'meta', timescale 1000, "
            "duration 10 (0.01 s), 10 samples"
        ) in found
    found = lines(movie, "--units")
    assert "index offset size type sample tensor dimensions details" in found
    assert any(" NNR_NDU 5 fc1.weight 120x400 parameter 4" in line for line in found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("parent_nodes", "Every NNR_NDU: PT_FLOAT."),
        ("parent_nodes", "device 1, parameter 40, depth 2, parent device 3, temporal"),
        ("parent_nodes", "parent SHA-256 664e8fb694df..."),
        ("codebook", "codebook of "),
        ("block", "Every NNR_NDU: dq, device 0, depth 0."),
        ("block", "conv.weight, bn.bias, bn.weight and 3 more 16x8x3x3 PT_BLOCK, BN+BI"),
        ("block_decomposed", "DC+BI, rank 6, scan order 1, 4 entry points"),
        ("partial_data", "split.weight 4x3 part 2"),
        ("data_formats", "decompressed data format 99"),
        ("topologies", "REFLIST, PT_RAW, 4 names"),
        ("topologies", "storage format 200, PT_RAW, 0 bytes"),
        ("qnt_agg", "NNR_AGG syntax not available"),
        ("lps", "self_contained"),
        ("indexed_references", "#300, conv.weight"),
        ("out_of_band", "incomplete: the tensor dimensions are sent out of band"),
        ("mps_maps_edition2", "base_model_id edsr-baseline-x2"),
        ("dependent", " NNR_NDU 0 "),
        ("dependent", "index offset size type indep sample tensor"),
    ],
)
def test_what_details_say(name: str, words: str) -> None:
    assert words in "\n".join(lines(FOLDER / f"{name}.nnr", "--units", columns=250))


FORMS = {"overview": [], "units": ["--units"], "tensors": ["--tensors"]}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.nnr")), ids=lambda path: path.name)
def test_no_word_is_broken_and_no_row_takes_more_than_two_lines(path: Path, form: str) -> None:
    """Every word of a narrow screen is a word of a very wide one, which has no reason to cut."""
    wide = ok(path, *FORMS[form], columns=1000)
    words = set(wide.split())
    for columns in (80, 100, 132):
        text = ok(path, *FORMS[form], columns=columns)
        shown = text.splitlines()[1:]  # the first line is the name of the file
        assert max(map(len, shown)) <= columns
        whole = {word for word in text.split() if "..." not in word}
        # a list of names may end earlier, in "NAME and 5 more"
        assert whole - words <= {"and", "more", *map(str, range(100))} | {
            word.rstrip(",") for word in words
        }
        if form == "units":
            assert rows_of(shown) == rows_of(wide.splitlines()[1:])
            for row, following in zip(shown, [*shown[1:], ""], strict=True):
                assert not (row.startswith("      ") and following.startswith("      ")), row


def rows_of(shown: list[str]) -> list[list[str]]:
    """Index, offset, size and type of each unit."""
    found = [line.split()[:4] for line in shown if " NNR_" in line[:40]]
    return [row for row in found if row[0].isdigit() and row[3].startswith("NNR_")]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.nnr")), ids=lambda path: path.name)
@pytest.mark.parametrize("columns", [80, 100, 160])
def test_tables_fit(path: Path, columns: int) -> None:
    for arguments in FORMS.values():
        text = ok(path, *arguments, columns=columns)
        assert all(len(line) <= columns for line in text.splitlines()[1:])


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "names.nnr"
    path.write_bytes(EDITION_2 + named_ndu("a\x1b[31m\n[b]x[/b]", b"") + named_ndu("w\udcff", b""))
    for arguments in FORMS.values():
        text = ok(path, *arguments)
        assert "\x1b" not in text
        assert r"a\x1b[31m\n[b]x[/b]" in text
        assert r"w\xff" in text
    [name, _] = [
        tensor["name"] for tensor in json.loads(ok(path, "--tensors", "--json"))["tensors"]
    ]
    assert name == "a\x1b[31m\n[b]x[/b]"


def test_long_names_are_cut_in_their_middle(tmp_path: Path) -> None:
    path = tmp_path / "long.nnr"
    name = "model." * 40 + "weight"
    path.write_bytes(EDITION_2 + named_ndu(name, b""))
    for form in FORMS.values():
        text = ok(path, *form, columns=100)
        assert max(map(len, text.splitlines()[1:])) <= 100
        assert "PT_FLOAT" in text
        assert "model." in text
        assert name not in text
        if form:  # a glance has 200 letters of a name at most
            assert ".weight" in text
            assert name in ok(path, *form, columns=400)


def test_words_without_end_are_cut_at_once() -> None:
    """Each word that is left out was once looked at with all words before it."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        assert cut_words("a, " * 20_000, 40) == "a, " * 11 + "a ..."
    finally:
        sys.setprofile(None)
    assert calls < 1000


def test_rows_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "many.nnr"
    path.write_bytes(EDITION_2 + b"".join(named_ndu(f"w{i}", b"") for i in range(500)))
    pymp4_nnr.mux(path, tmp_path / "many.mp4")
    for source in (path, tmp_path / "many.mp4"):
        found = lines(source, "--units")
        assert any(line.startswith("199 ") for line in found)
        assert not any(line.startswith("200 ") for line in found)
        assert found[-2:] == [
            "... 301 more units; --all shows them",
            "501 units (500 NNR_NDU, 1 NNR_STR)",
        ]
        everything = lines(source, "--units", "--all")
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
    done = info(path)
    assert (done.exit_code, done.stdout) == (1, "")
    done = info(path, "--units")
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
    done = info(movie)
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
    found = lines(path, "--track", "2")
    assert not any(line.startswith("track 1") for line in found)
    assert any(line.startswith("track 2") for line in found)
    assert info(path, "--track", "3").stderr.startswith("pymp4-nnr: track 3 is no NNR track")
    assert info(LENET, "--track", "1").exit_code == 1
    path.write_bytes(bytes.fromhex("00000008") + b"free" + bytes.fromhex("00000008") + b"moov")
    assert lines(path) == [f"{path}: MP4 file, 16 bytes, no NNR track"]
    assert json.loads(ok(path, "--json")) == {"format": "mp4", "size": 16, "tracks": []}


def test_a_track_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(muxed(EDITION_2))
    assert lines(path, "--units")[-1] == "1 unit (1 NNR_STR)"
    assert lines(path, "--tensors")[-1] == "0 tensors in 0 NDUs"


def test_segments(movie: Path, tmp_path: Path) -> None:
    data = movie.read_bytes()
    place = data.index(b"mdat") - 4
    parts = [tmp_path / "init.mp4", tmp_path / "1.m4s"]
    parts[0].write_bytes(data[:place])
    parts[1].write_bytes(data[place:])
    assert json.loads(ok("--json", *parts)) == json.loads(ok("--json", movie))
