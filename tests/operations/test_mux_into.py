"""Adding networks to files with video and sound: the new track, and everything else as it was."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import pytest

from pymp4_nnr import errors, mux
from pymp4_nnr.operations.inspect import FileInfo
from tests.mp4.boxes import box, full, u32
from tests.mp4.compare import compare
from tests.mp4.networks import video_and_sound
from tests.mp4.read import Node, durations, nodes, sample_data, samples, top, track_id, traks
from tests.mp4.write import FTYP, TrackPlan, movie
from tests.nnr.streams import MIXED, NDUS, SIMPLE
from tests.paths import FIXTURES, SHARED
from tests.round_trip import UntouchedTarget, added, demuxed, refused, removed

FOLDER = FIXTURES / "mp4"
OTHERS = SHARED / "mp4"  # real files by other writers, for those who have them
FILES = [
    path
    for path in sorted([*FOLDER.glob("*.*"), *OTHERS.glob("*.*")])
    if path.suffix not in {".py", ".json", ".m4s", ".m4v", ".mp4ff"} or path.name == "h264_ipod.m4v"
]
REFUSED = {
    "hand_only_ftyp.mp4": "there is no moov",
    "hand_ftyp_bare.mp4": "there is no moov",
    "mp4_testdata_2xSencNoMdat.mp4": "there is no moov",
    "hand_dref_locations.mp4": "do not lie at offsets of this file",
    "hand_saiz_saio_pssh.mp4": "points outside",
    "hand_versions_unknown.mp4": "version 7 is not known",
    "mp4_testdata_init_prog.mp4": "the file at",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_everything_else_stays(path: Path) -> None:
    old = path.read_bytes()
    if path.name in REFUSED:
        assert REFUSED[path.name] in refused(old, errors.NNRError)
        return
    new = added(old, MIXED)
    (number,) = compare(old, new)
    assert sample_data(new)[number] == NDUS
    assert demuxed(new, number) == MIXED
    back = removed(new, number)
    assert sample_data(back) == sample_data(old)
    assert added(old, MIXED) == new, "the same input gives the same bytes"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.parent == FOLDER], ids=lambda path: path.name
)
def test_everything_else_stays_beside_fragments(path: Path) -> None:
    """Encrypted files, fragments of every kind, and image files among them."""
    old = path.read_bytes()
    if path.name in REFUSED:
        assert REFUSED[path.name] in refused(old, errors.NNRError, fragment=2)
        return
    new = added(old, MIXED, fragment=2)
    (number,) = compare(old, new)
    assert sample_data(new)[number] == NDUS
    assert demuxed(new, number) == MIXED
    assert sample_data(removed(new, number)) == sample_data(old)


def new_trak(data: bytes) -> Node:
    return list(traks(data).values())[-1]


def references(trak: Node) -> dict[bytes, tuple[int, ...]]:
    tref = trak.get("tref")
    return {box.type: box.u32(0, (box.size - 8) // 4) for box in (tref.children if tref else ())}


def test_order_of_the_file() -> None:
    new = added(video_and_sound())
    assert [node.type for node in nodes(new)] == [b"ftyp", b"moov", b"mdat", b"mdat"]
    assert top(new, "mdat")[0].body == b"".join(NDUS)


def test_next_free_track_id() -> None:
    assert track_id(new_trak(added(video_and_sound()))) == 3
    assert track_id(new_trak(added(video_and_sound(next_track=9)))) == 9
    assert track_id(new_trak(added(video_and_sound(next_track=1)))) == 3, "1 and 2 are taken"
    assert track_id(new_trak(added(video_and_sound(next_track=0xFFFFFFFF)))) == 3, (
        "all ones tell nothing"
    )


@pytest.mark.parametrize("last", [0xFFFFFFFE, 0xFFFFFFFF])
def test_no_track_id_is_left_at_the_end(last: int) -> None:
    video = TrackPlan(last, b"vide", [b"a"])
    old = movie([video, TrackPlan(1, b"soun", [b"b"])], next_track=0xFFFFFFFF)
    assert compare_ids(old, added(old, [SIMPLE, MIXED])) == [2, 3]


def compare_ids(old: bytes, new: bytes) -> list[int]:
    before = set(traks(old))
    return [number for number in traks(new) if number not in before]


def test_describes() -> None:
    old = video_and_sound()
    assert references(new_trak(added(old))) == {b"cdsc": (1,)}
    assert references(new_trak(added(old, describes=2))) == {b"cdsc": (2,)}
    assert references(new_trak(added(old, describes=None))) == {}
    sound = movie([TrackPlan(1, b"soun", [b"sound"])])
    assert references(new_trak(added(sound))) == {}, "there is no video"
    assert "there are: 1, 2" in refused(old, errors.TrackError, describes=3)


def test_describes_the_first_video_track() -> None:
    plans = [TrackPlan(7, b"soun", [b"s"]), TrackPlan(5, b"vide", [b"v"])]
    old = movie([*plans, TrackPlan(2, b"vide", [b"w"])], next_track=8)
    assert references(new_trak(added(old))) == {b"cdsc": (5,)}


@pytest.mark.parametrize("start", [0, 400, 10_000_000])
@pytest.mark.parametrize(
    ("timescale", "duration"), [(600, 1201), (1000, 1), (1000, 4), (90000, 5_000_000_000), (3, 1)]
)
def test_each_sample_lasts_one_tick(timescale: int, duration: int, start: int) -> None:
    """Within the movie, as long as that has a length; with the other tracks, if they start late."""
    old = starting_late(start, timescale, duration)
    new = added(old)
    movie_s, track_s, media_s = durations(new, 3)
    assert time_deltas(new, 3) == [1] * 4
    assert media_s <= 0.004
    delay_s = delay(new, 3) / timescale
    assert movie_s == max(duration / timescale, track_s)
    assert track_s - delay_s == pytest.approx(media_s, abs=1 / timescale)
    if start / 1000 < duration / timescale:
        assert movie_s == duration / timescale
        assert 0 <= delay_s - start / 1000 < 1 / timescale or not start
    else:
        assert delay_s == 0, "there is nothing to start with"
    assert demuxed(new) == SIMPLE
    compare(old, new)


def starting_late(start: int, timescale: int, duration: int) -> bytes:
    """A movie whose tracks start `start` milliseconds late."""
    empty = struct.pack(">IiI", -(-start * timescale // 1000), -1, 0x10000)
    shown = struct.pack(">IiI", 0, 0, 0x10000)
    edits = box(b"edts", full(b"elst", 0, 0, u32(2), empty, shown)) if start else b""
    tracks = [
        TrackPlan(1, b"vide", [b"a"], edits=edits),
        TrackPlan(2, b"soun", [b"b"], edits=edits),
    ]
    return movie(tracks, timescale=timescale, duration=duration)


def delay(data: bytes, number: int) -> int:
    """Ticks of the movie that the empty edit of a track lasts."""
    elst = traks(data)[number].get("edts/elst")
    if elst is None:
        return 0
    wide = elst.version == 1
    return int(struct.unpack_from(">Qq" if wide else ">Ii", elst.body, 8)[0])


def time_deltas(data: bytes, number: int) -> list[int]:
    stts = traks(data)[number]["mdia/minf/stbl/stts"]
    rows = [stts.u32(8 + 8 * i, 2) for i in range(stts.u32(4)[0])]
    return [delta for count, delta in rows for _ in range(count)]


def test_a_movie_of_no_length_becomes_as_long_as_the_network() -> None:
    movie_s, track_s, _ = durations(added(video_and_sound(duration=0)), 3)
    assert movie_s == track_s == 0.004


def test_several_at_once_are_as_several_in_turn() -> None:
    old = video_and_sound()
    both = added(old, [SIMPLE, MIXED], name=["one", "two été"])
    assert compare(old, both, added=2) == [3, 4]
    assert (demuxed(both, 3), demuxed(both, 4)) == (SIMPLE, MIXED)
    turns = added(added(old, MIXED, name="two été"), SIMPLE, name="one")
    assert (demuxed(turns, 3), demuxed(turns, 4)) == (MIXED, SIMPLE)
    for data in (both, turns):
        with FileInfo(data) as info:
            assert {track.name for track in info.tracks} == {"one", "two été"}
        with pytest.raises(errors.TrackError, match=r"3 \(.*4 \(") as caught:
            demuxed(data)
        assert "one" in str(caught.value)
    with pytest.raises(errors.TrackError, match="no NNR track"):
        demuxed(both, 1)
    assert sample_data(removed(removed(both, 3), 4)) == sample_data(old)


def test_as_many_names_as_sources() -> None:
    with pytest.raises(errors.TrackError, match="2 names"):
        mux([SIMPLE], UntouchedTarget(), into=video_and_sound(), name=["a", "b"])  # type: ignore[arg-type]


def test_into_a_pipe(tmp_path: Path) -> None:
    read_end, write_end = os.pipe()
    got: list[bytes] = []

    def drain() -> None:
        with os.fdopen(read_end, "rb") as file:
            got.append(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    source = tmp_path / "video.mp4"
    source.write_bytes(video_and_sound())
    with os.fdopen(write_end, "wb") as pipe:
        mux(SIMPLE, pipe, into=source)
    thread.join()
    assert got == [added(video_and_sound())]


def test_the_output_is_an_input(tmp_path: Path) -> None:
    video, network = tmp_path / "video.mp4", tmp_path / "network.nnr"
    video.write_bytes(video_and_sound())
    network.write_bytes(SIMPLE)
    for target in (video, network):
        before = target.read_bytes()
        with pytest.raises(errors.OutputError, match="is the input"):
            mux(network, target, into=video)
        assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.nnr", "video.mp4"]


def test_refused_files_leave_no_output(tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"
    with pytest.raises(errors.NNRError):
        mux(SIMPLE, target, into=video_and_sound()[:-5])
    assert not list(tmp_path.iterdir())


def test_other_refusals() -> None:
    twice = movie([TrackPlan(1, b"vide", [b"a"]), TrackPlan(1, b"soun", [b"b"])])
    assert "two tracks have track_ID 1" in refused(twice, errors.FileFormatError)
    compressed = FTYP + box(b"moov", box(b"cmov", box(b"dcom", b"zlib")))
    assert "compressed" in refused(compressed, errors.FileFormatError)
    old = video_and_sound(moov_first=True)
    assert "second moov" in refused(old + top(old, "moov")[0].whole, errors.FileFormatError)


def test_samples_are_found_by_the_second_reader() -> None:
    """What the comparison above rests on, once by hand."""
    found = samples(video_and_sound())
    assert [s.size for s in found[1]] == [9, 7, 2]
    assert sample_data(video_and_sound())[2] == [b"sound 1", b"sound two"]
