"""Errors of broken segments say which of the files is broken, and where in it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

import pymp4_nnr
from pymp4_nnr import demux, errors, mux_segments
from tests.cli.command import call
from tests.nnr.streams import SIMPLE


def broken(folder: Path, how: str) -> list[Path]:
    """Segments of which the second one after the initialization segment is broken."""
    paths = mux_segments(SIMPLE, folder, fragment=1)
    data = bytearray(paths[2].read_bytes())
    if how == "cut off":
        del data[data.index(b"traf") :]
    elif how == "box":
        at = data.index(b"trun") + 8
        data[at : at + 4] = b"\0\xff\0\0"
    else:
        at = data.index(b"mdat") + 4
        data[at : at + 2] = b"\x7f\xff"
    paths[2].write_bytes(data)
    return paths


@pytest.mark.parametrize(
    ("how", "code", "what"),
    [
        ("cut off", "box-outside-file", b"moof"),
        ("box", "box-broken", b"trun"),
        ("sample", "sample-size-contradiction", b"mdat"),
    ],
)
def test_the_file_and_the_place_in_it(how: str, code: str, what: bytes, tmp_path: Path) -> None:
    paths = broken(tmp_path / "parts", how)
    place = paths[2].read_bytes().index(what) + (4 if what == b"mdat" else -4)
    with pytest.raises(errors.NNRError) as caught:
        demux(paths, io.BytesIO())
    assert (caught.value.code, caught.value.file) == (code, str(paths[2]))
    assert caught.value.offset == place
    assert str(caught.value).startswith(str(paths[2]))
    for command in ("demux -o -", "info --json", "extract --sample 2 -o -", "verify --against"):
        against = [tmp_path / "in.nnr"] if "against" in command else []
        (tmp_path / "in.nnr").write_bytes(SIMPLE)
        result = call(*command.split(), *against, *paths)
        assert result.exit_code == 1
        if "verify" in command and how == "sample":
            continue  # which says where the bitstreams differ
        assert str(paths[2]) in result.stderr
        assert f"offset {place}" in result.stderr
        if "json" in command:
            record = json.loads(result.stderr.partition(": ")[2])["error"]
            assert (record["file"], record["offset"]) == (str(paths[2]), place)


def test_dump_says_which_file_is_broken(tmp_path: Path) -> None:
    paths = broken(tmp_path / "parts", "cut off")
    for command in ("dump", "dump --full", "dump --json"):
        result = call(*command.split(), *paths)
        assert result.exit_code == 1
        assert str(paths[2]) in result.stderr


def test_without_paths_offsets_count_from_the_first_file(tmp_path: Path) -> None:
    paths = broken(tmp_path / "parts", "cut off")
    data = [path.read_bytes() for path in paths]
    with pytest.raises(errors.CutOffFileError) as caught, pymp4_nnr.open(data):
        pass
    assert caught.value.file is None
    assert caught.value.offset == len(data[0]) + len(data[1]) + data[2].index(b"moof") - 4
