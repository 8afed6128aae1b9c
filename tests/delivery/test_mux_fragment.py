"""`mux` with `fragment`, and `mux_segments`."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import append, errors, mux_segments
from pymp4_nnr.edit.new_fragments import FragmentSize
from pymp4_nnr.io.temporary_name import locked_folder
from pymp4_nnr.operations import segments
from tests.cli.command import call
from tests.delivery.videos import video_from
from tests.mp4.boxes import box, full, u16, u32
from tests.mp4.compare import compare
from tests.mp4.networks import video_and_sound
from tests.mp4.offsets import split_sidx, split_tfra
from tests.mp4.read import nodes, sample_data, top
from tests.mp4.write import TrackPlan, moof_box, movie, trex
from tests.nnr.streams import MIXED, NDUS, SIMPLE, WHOLE, unit
from tests.round_trip import added, demuxed, muxed, removed

SIZES = [1, 3, "20B", "1MiB"]


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_restored(path: Path) -> None:
    source = path.read_bytes()
    for size in SIZES:
        made = muxed(source, fragment=size)
        assert demuxed(made) == source
        assert muxed(source, fragment=size) == made, "the same input gives the same bytes"
        beside = added(video_and_sound(), source, fragment=size)
        assert demuxed(beside) == source


@pytest.mark.parametrize(
    ("size", "counts"),
    [(1, [1] * 4), (2, [2, 2]), (3, [3, 1]), (9, [4]), ("13B", [1] * 4), ("14B", [2, 1, 1])],
)
def test_samples_in_a_fragment(size: int | str, counts: list[int]) -> None:
    """The NDUs have 13, 14, 15 and 16 bytes; a fragment has at least so many."""
    made = muxed(SIMPLE, fragment=size)
    kinds = [node.type for node in nodes(made)]
    assert kinds == [b"ftyp", b"moov", b"sidx", *[b"moof", b"mdat"] * len(counts), b"mfra"]
    runs = [moof["traf/trun"].u32(4)[0] for moof in top(made, "moof")]
    assert runs == counts
    times = [int.from_bytes(moof["traf/tfdt"].body[4:]) for moof in top(made, "moof")]
    assert times == [sum(counts[:i]) for i in range(len(counts))]
    assert [moof["mfhd"].u32(4)[0] for moof in top(made, "moof")] == [*range(1, len(counts) + 1)]
    assert sample_data(made) == {1: NDUS}


def test_the_indexes_point_to_the_fragments() -> None:
    made = muxed([SIMPLE, MIXED], fragment=3)
    starts = [node.start for node in top(made, "moof")]
    ends = [node.end for node in top(made, "mdat")]
    indexes = [split_sidx(node) for node in top(made, "sidx")]
    found = [place for fields in indexes for place in fields[0]]
    assert found == [starts[0], starts[2]], "each to the first of its track"
    (mfra,) = top(made, "mfra")
    assert [offset for tfra in mfra.all("tfra") for offset in split_tfra(tfra)[0]] == starts
    assert mfra["mfro"].u32(4)[0] == mfra.size
    assert ends[-1] == mfra.start


def test_samples_that_depend_on_others() -> None:
    ndus = [unit(5, b"a"), unit(5, b"b", independent=0), unit(5, b"c", independent=0)]
    made = muxed(b"".join(ndus), fragment=2)
    first, second = (moof["traf/trun"] for moof in top(made, "moof"))
    assert first.u32(12, 4) == (4, 0, 4, 0x10000)
    assert second.u32(12, 2) == (4, 0x10000)
    (mfra,) = top(made, "mfra")
    assert len(split_tfra(mfra["tfra"])[0]) == 1, "the second is no place to start at"


def fragmented_video() -> bytes:
    head = movie(
        [TrackPlan(1, b"vide", [])], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None
    )
    for number, sample in enumerate([b"video 1", b"video 2"], 1):
        head += moof_box(number, {1: [sample]}, len(head), "explicit") + box(b"mdat", sample)
    return head


@pytest.mark.parametrize("old", [video_and_sound(), fragmented_video()], ids=["whole", "fragments"])
def test_beside_video(old: bytes) -> None:
    new = added(old, MIXED, fragment=2)
    (number,) = compare(old, new)
    assert sample_data(new)[number] == NDUS
    kinds = [node.type for node in nodes(new)]
    assert kinds[:6] == [b"ftyp", b"moov", b"moof", b"mdat", b"moof", b"mdat"]
    extended = {trex.u32(4)[0] for trex in top(new, "moov")[0]["mvex"].all("trex")}
    assert extended == set(sample_data(new))
    back = removed(new, number)
    assert sample_data(back) == sample_data(old)
    assert demuxed(added(new, SIMPLE, fragment=1), number) == MIXED


@pytest.mark.parametrize(
    ("text", "samples", "size"),
    [
        (5, 5, None),
        ("7", 7, None),
        ("4MiB", 1, 4 << 20),
        ("4 MiB", 1, 4 << 20),
        ("500kB", 1, 500_000),
        ("2gib", 1, 2 << 30),
        ("12B", 1, 12),
        (FragmentSize(3), 3, None),
    ],
)
def test_sizes(text: int | str | FragmentSize, samples: int, size: int | None) -> None:
    assert FragmentSize.of(text) == FragmentSize(samples, size)


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5MiB", "4M", "4TiB", "MiB", "x", 0, "0kB"])
def test_sizes_that_are_none(text: int | str) -> None:
    with pytest.raises(errors.LimitError):
        FragmentSize.of(text)
    assert call("mux", "-", "--fragment", text, "-o", "-").exit_code == 2


# --- segments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_segments(size: int | str, tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    files = mux_segments(MIXED, folder, fragment=size)
    assert sorted(folder.iterdir()) == sorted(files)
    assert [path.name for path in tmp_path.iterdir()] == ["segments"]
    assert demuxed(files) == MIXED
    assert demuxed(b"".join(path.read_bytes() for path in files)) == MIXED
    assert [node.type for node in nodes(files[0].read_bytes())] == [b"ftyp", b"moov"]
    for path in files[1:]:
        data = path.read_bytes()
        assert [node.type for node in nodes(data)] == [b"styp", b"sidx", b"moof", b"mdat"]
        assert split_sidx(top(data, "sidx")[0])[0] == [top(data, "moof")[0].start]


@pytest.mark.parametrize("exists", [False, True])
def test_segments_leave_nothing_behind(exists: bool, tmp_path: Path) -> None:
    """Neither of a run that fails, nor of one that was killed."""
    folder = tmp_path / "segments"
    if exists:
        mux_segments(SIMPLE, folder)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.m*")}

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mux_segments(MIXED, folder, progress=stop)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.m*")} == before
    assert len(list(tmp_path.iterdir())) == exists
    left = tmp_path / ".segments.pymp4-nnr-0.part"
    left.mkdir()
    (left / "init.mp4").write_bytes(b"half")
    files = mux_segments(MIXED, folder, sync=True)
    assert sorted(tmp_path.rglob("*")) == sorted([folder, *files])
    assert demuxed(files) == MIXED


def test_folders_that_exist(tmp_path: Path) -> None:
    files = mux_segments(SIMPLE, tmp_path / "a", fragment=1)
    assert len(files) == 5
    (tmp_path / "a" / "segment-notes.m4s").touch()
    with pytest.raises(errors.OutputError, match="not empty"):
        mux_segments(MIXED, tmp_path / "a", overwrite=False)
    assert demuxed(files) == SIMPLE
    files = mux_segments(MIXED, tmp_path / "a", fragment=2)
    assert demuxed(files) == MIXED
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {*(path.name for path in files), "segment-notes.m4s"}
    with pytest.raises(errors.OutputError, match="no folder"):
        mux_segments(MIXED, files[0])
    with pytest.raises(errors.BitstreamError):
        mux_segments(b"\0", tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["a"], "nothing is left behind"


def test_segments_on_the_command_line(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.nnr", tmp_path / "segments"
    source.write_bytes(MIXED)
    assert call("mux", source, "--segments", folder, "--fragment", "2").exit_code == 0
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [
        "init.mp4",
        "segment-000001.m4s",
        "segment-000002.m4s",
    ]
    assert call("verify", *files, "--against", source).exit_code == 0
    assert call("mux", source, "--segments", folder).exit_code == 1
    assert call("mux", source, "--segments", folder, "--force").exit_code == 0
    for wrong in (["-o", tmp_path / "x"], [source], ["--interleave"], ["--appendable"]):
        assert call("mux", source, "--segments", folder, *wrong).exit_code == 2
    assert call("mux", source).exit_code == 2


def test_empty_networks() -> None:
    """Configuration units alone: no fragment at all."""
    made = muxed(SIMPLE[: -sum(map(len, NDUS))], fragment=1)
    assert not top(made, "moof")
    assert demuxed(made) == SIMPLE[: -sum(map(len, NDUS))]


def test_a_fragment_of_another_track_that_counts_from_the_data_before() -> None:
    """Its own fragments stay together: those of the network come first."""
    head = movie(
        [TrackPlan(1, b"vide", [])], moov_first=True, mvex=box(b"mvex", trex(1)), mdat=None
    )
    tfhd = full(b"tfhd", 0, 0x20000, u32(1))
    trun = full(b"trun", 0, 0x201, u32(1, 0), u32(5))
    size = len(box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun)))
    trun = full(b"trun", 0, 0x201, u32(1, size + 8), u32(5))
    old = head + box(b"moof", full(b"mfhd", 0, 0, u32(1)), box(b"traf", tfhd, trun))
    old += box(b"mdat", b"video")
    new = added(old, MIXED, fragment=1)
    assert sample_data(new) == {1: [b"video"], 2: NDUS}


# --- between the fragments of a video ---------------------------------------------------------


def fragments_in(data: bytes) -> list[tuple[int, int]]:
    """`sequence_number` and first `track_ID` of each fragment."""
    return [(m["mfhd"].u32(4)[0], m["traf/tfhd"].u32(4)[0]) for m in top(data, "moof")]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (1, [(3, 2), (4, 2), (5, 2), (6, 2), (1, 1), (2, 1)]),
        (4, [(6, 2), (7, 2), (8, 2), (9, 2), (4, 1), (5, 1)]),
        (5, [(1, 2), (2, 2), (3, 2), (4, 2), (5, 1), (6, 1)]),
        (
            0xFFFFFFFE,
            [(0xFFFFFFFA + i, 2) for i in range(4)] + [(0xFFFFFFFE + i, 1) for i in (0, 1)],
        ),
    ],
)
def test_no_sequence_number_comes_twice(first: int, expected: list[tuple[int, int]]) -> None:
    """Below those of the video where there is room, or else behind; its own stay as they are."""
    new = added(video_from(first), SIMPLE, fragment=1)
    assert fragments_in(new) == expected
    (number,) = compare(video_from(first), new)
    assert sample_data(new)[number] == NDUS


def test_appended_rounds_have_numbers_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "file.mp4"
    path.write_bytes(added(video_from(1), SIMPLE, fragment=1))
    append(path, MIXED)
    assert fragments_in(path.read_bytes())[-1] == (7, 2)
    path.write_bytes(added(video_from(0xFFFFFFFE), SIMPLE, fragment=1))
    append(path, MIXED)
    assert fragments_in(path.read_bytes())[-1] == (1, 2), "there are no more"


@pytest.mark.parametrize(
    ("size", "count", "expected"),
    [
        (1, 4, [2, 1, 2, 1, 2, 1, 2, 1]),
        (1, 6, [2, 1, 2, 1, 2, 1, 2, 1, 1, 1]),
        (1, 2, [2, 2, 1, 2, 2, 1]),
        (1, 3, [2, 2, 1, 2, 2, 1, 1]),
        (9, 2, [2, 1, 1]),
    ],
)
@pytest.mark.parametrize("before", [b"", box(b"styp", b"msdh", u32(0)), box(b"prft", bytes(20))])
def test_interleaved(size: int, count: int, expected: list[int], before: bytes) -> None:
    """One before each fragment of the video, with what belongs to that; more if there are more."""
    old = video_from(1, count, before)
    new = added(old, MIXED, fragment=size, interleave=True)
    (number,) = compare(old, new, interleaved=True)
    assert sample_data(new)[number] == NDUS
    assert demuxed(new) == MIXED
    assert [track for _, track in fragments_in(new)] == expected
    numbers = [one for one, _ in fragments_in(new)]
    assert len(set(numbers)) == len(numbers)
    kinds = [node.type for node in nodes(new)]
    if before:
        behind = [kinds[i + 1] for i, kind in enumerate(kinds) if kind == before[4:8]]
        assert set(behind) == {b"moof"}, "what stood before a fragment still does"
    assert sample_data(removed(new, number)) == sample_data(old)


def test_an_index_of_the_video_counts_what_is_put_between() -> None:
    old = video_from(1, 3)
    moofs = [node.start for node in top(old, "moof")]
    sizes = [end - start for start, end in itertools.pairwise([*moofs, len(old)])]
    rows = b"".join(u32(size, 1000, 1 << 31) for size in sizes)
    sidx = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 3), rows)
    old = old[: moofs[0]] + sidx + old[moofs[0] :]
    for more in ({"interleave": True}, {}):
        new = added(old, SIMPLE, fragment=1, **more)
        (index,) = top(new, "sidx")
        starts = [m.start for m in top(new, "moof") if m["traf/tfhd"].u32(4)[0] == 1]
        assert split_sidx(index)[0] == starts[:1]
        told = [index.u32(24 + 12 * i)[0] for i in range(3)]
        assert told == [e - s for s, e in itertools.pairwise([*starts, len(new)])]
        assert sample_data(removed(new, 2)) == sample_data(old)


def test_nothing_to_put_it_between() -> None:
    whole = video_and_sound()
    assert added(whole, MIXED, fragment=2, interleave=True) == added(whole, MIXED, fragment=2)


def test_fragments_whose_data_lies_behind_the_next() -> None:
    """Nothing is put between a `moof`, the next and their data."""
    head = video_from(1, 0)
    samples = [b"first", b"second"]
    sizes = [len(moof_box(1, {1: [one]}, 0, "moof")) for one in samples]
    one = moof_box(1, {1: [samples[0]]}, 0, "moof", gap=8 + sizes[1])
    two = moof_box(2, {1: [samples[1]]}, 0, "moof", gap=8 + len(samples[0]))
    old = head + one + two + box(b"mdat", *samples)
    new = added(old, SIMPLE, fragment=1, interleave=True)
    compare(old, new)
    assert [track for _, track in fragments_in(new)] == [2, 2, 2, 2, 1, 1]


def test_interleaved_on_the_command_line(tmp_path: Path) -> None:
    video, source, target = tmp_path / "v.mp4", tmp_path / "a.nnr", tmp_path / "out.mp4"
    video.write_bytes(video_from(1))
    source.write_bytes(MIXED)
    command = ["mux", source, "--interleave", "-o", target]
    assert call(*command, "--into", video, "--fragment", "1").exit_code == 0
    assert target.read_bytes() == added(video_from(1), MIXED, fragment=1, interleave=True)
    assert call(*command, "--into", video, "--force").exit_code == 2
    assert call(*command, "--fragment", "1", "--force").exit_code == 2


def test_segments_that_appear_meanwhile_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the folder was there before, and empty, or was not."""
    write = segments._write
    for name in ("new", "empty"):
        folder = tmp_path / name
        if name == "empty":
            folder.mkdir()

        def written(*given: Any, folder: Path = folder, **more: Any) -> None:
            folder.mkdir(exist_ok=True)
            (folder / "segment-000009.m4s").write_bytes(b"of another")
            write(*given, **more)

        monkeypatch.setattr(segments, "_write", written)
        with pytest.raises(errors.OutputExistsError):
            mux_segments(SIMPLE, folder, overwrite=False)
        monkeypatch.undo()
        assert [one.name for one in folder.iterdir()] == ["segment-000009.m4s"]
    assert len(list(tmp_path.iterdir())) == 2
    mux_segments(SIMPLE, folder)
    assert not (folder / "segment-000009.m4s").exists()


def test_a_segment_that_appears_at_the_last_moment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, folder = segments._check_folder, tmp_path / "folder"
    folder.mkdir()

    def checked(*given: Any, **more: Any) -> None:
        check(*given, **more)
        if list(tmp_path.glob(".*.part")):  # the segments are complete
            (folder / "segment-000003.m4s").write_bytes(b"of another")

    monkeypatch.setattr(segments, "_check_folder", checked)
    with pytest.raises(errors.OutputExistsError, match=r"segment-000003\.m4s exists"):
        mux_segments(SIMPLE, folder, overwrite=False)
    assert [one.name for one in folder.iterdir()] == ["segment-000003.m4s"]
    assert (folder / "segment-000003.m4s").read_bytes() == b"of another"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
def test_processes_move_segments_into_a_folder_one_at_a_time(tmp_path: Path) -> None:
    source, folder = tmp_path / "a.nnr", tmp_path / "folder"
    source.write_bytes(SIMPLE)
    folder.mkdir()
    command = [sys.executable, "-m", "pymp4_nnr", "mux", source, "--segments", folder, "--force"]
    with locked_folder(folder):
        child = subprocess.Popen(command)
        while len(list(tmp_path.glob(".*.part/*"))) < 5:
            assert child.poll() is None
            time.sleep(0.01)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        assert not list(folder.iterdir())
    assert child.wait() == 0
    assert len(list(folder.iterdir())) == 5
