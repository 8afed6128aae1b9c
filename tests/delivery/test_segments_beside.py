"""`mux_segments` with `into`: a network in segments beside those of a video."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import demux, errors, mux, mux_segments
from pymp4_nnr.movie.movie import Movie
from tests.cli.command import call
from tests.mp4.boxes import box, full, u16, u32
from tests.mp4.compare import compare
from tests.mp4.networks import video_and_sound
from tests.mp4.offsets import split_sidx
from tests.mp4.read import nodes, sample_data, top
from tests.mp4.write import TrackPlan, moof_box, movie, trex
from tests.nnr.streams import MIXED, NDUS, SIMPLE
from tests.paths import FIXTURES
from tests.round_trip import added, demuxed

from .videos import video_from

SAMPLES = [b"video 1", b"video 2", b"video 3"]


def written(old: bytes, folder: Path, **options: Any) -> list[Path]:
    files = mux_segments(MIXED, folder, into=old, **options)
    assert sorted(folder.iterdir()) == files, "they are in the order of their names"
    assert demuxed(files) == MIXED
    return files


@pytest.mark.parametrize("interleave", [False, True])
@pytest.mark.parametrize("size", [1, 3, 9])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_they_are_the_fragments_of_one_file(
    interleave: bool, size: int, count: int, tmp_path: Path
) -> None:
    """In a row they are what `mux` writes, with a `styp` before each, and `sidx` before ours."""
    old = video_from(1, count)
    files = written(old, tmp_path / "a", fragment=size, interleave=interleave)
    joined = b"".join(path.read_bytes() for path in files)
    assert demuxed(joined) == MIXED
    one = b"".join(n.whole for n in nodes(joined) if n.type not in (b"styp", b"sidx"))
    assert one == added(old, MIXED, fragment=size, interleave=interleave)
    for path in files[1:]:
        data = path.read_bytes()
        ours = top(data, "moof")[0]["traf/tfhd"].u32(4)[0] == 2
        kinds = [node.type for node in nodes(data)]
        assert kinds == [b"styp", *[b"sidx"] * ours, b"moof", b"mdat"]
        assert (b"msix" in top(data, "styp")[0].body) == ours
        assert b"cmfs" not in top(data, "styp")[0].body, "CMAF has one track"
        if ours:
            (sidx,) = top(data, "sidx")
            assert split_sidx(sidx)[0] == [top(data, "moof")[0].start]
            assert sidx.u32(4, 2) == (2, 1000)


@pytest.mark.parametrize("base", ["moof", "neither", "explicit", "zero", "mdat"])
def test_offsets_count_from_the_start_of_their_file(base: str, tmp_path: Path) -> None:
    """Each file of the video alone, behind the initialization segment or not, has its samples."""
    files = written(video_from(1, 3, base=base), tmp_path / "a", fragment=9)
    found = []
    for path in files[2:]:
        data = path.read_bytes()
        (moof,) = top(data, "moof")
        tfhd, trun = moof["traf/tfhd"], moof["traf/trun"]
        begin = int.from_bytes(tfhd.body[8:16]) if tfhd.flags & 1 else moof.start
        begin += int.from_bytes(trun.body[8:12], signed=True) if trun.flags & 1 else 0
        size = trun.u32(12 if trun.flags & 1 else 8)[0]
        found.append(data[begin : begin + size])
    assert found == SAMPLES
    with Movie(files) as opened:
        assert b"".join(opened.source.read(*place) for place in opened.extents()[1]) == b"".join(
            SAMPLES
        )


def test_what_stands_before_a_fragment_stays_there(tmp_path: Path) -> None:
    styp, prft = box(b"styp", b"msdh", u32(7), b"abcd"), full(b"prft", 0, 0, bytes(20))
    old = video_from(1, 2, before=styp + prft)
    for path in written(old, tmp_path / "a", fragment=9)[2:]:
        data = path.read_bytes()
        assert data.startswith(styp + prft)
        assert [n.type for n in nodes(data)] == [b"styp", b"prft", b"moof", b"mdat"]


def test_indexes_of_the_whole_file_are_left_out(tmp_path: Path) -> None:
    old = video_from(1, 2)
    moofs = [node.start for node in top(old, "moof")]
    sizes = (moofs[1] - moofs[0], len(old) - moofs[1])
    local = [full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 1), u32(size, 1, 0)) for size in sizes]
    rows = b"".join(u32(size + len(local[0]), 1, 0) for size in sizes)
    whole = full(b"sidx", 0, 0, u32(1, 1000, 0, 0), u16(0, 2), rows)
    parts = [old[moofs[0] : moofs[1]], old[moofs[1] :]]
    mfra = box(b"mfra", full(b"mfro", 0, 0, u32(24)))
    data = old[: moofs[0]] + whole + local[0] + parts[0] + local[1] + parts[1] + mfra
    files = written(data, tmp_path / "a", fragment=9)
    assert [node.type for node in nodes(files[0].read_bytes())] == [b"ftyp", b"moov"]
    for path, sidx, part in zip(files[2:], local, parts, strict=True):
        assert path.read_bytes().endswith(sidx + part)
        assert [n.type for n in nodes(path.read_bytes())] == [b"styp", b"sidx", b"moof", b"mdat"]


def test_other_boxes_in_front(tmp_path: Path) -> None:
    """What may concern the whole file goes with `moov`; free space and a stray `mdat` do not."""
    old = video_from(1, 1)
    at = top(old, "moof")[0].start
    uuid = box(b"uuid", bytes(16), b"kept")
    old = old[:at] + box(b"free", bytes(9)) + uuid + box(b"mdat", b"unused") + old[at:]
    files = written(old, tmp_path / "a", fragment=9)
    assert [n.type for n in nodes(files[0].read_bytes())] == [b"ftyp", b"moov", b"uuid"]


def test_files_that_cannot_be_segments(tmp_path: Path) -> None:
    empty = movie([TrackPlan(1, b"vide", [])], moov_first=True, mvex=box(b"mvex", trex(1)))
    sizes = [len(moof_box(1, {1: [one]}, 0, "moof")) for one in SAMPLES[:2]]
    head = video_from(1, 0)
    one = moof_box(1, {1: [SAMPLES[0]]}, 0, "moof", gap=8 + 8 + sizes[1])
    two = moof_box(2, {1: [SAMPLES[1]]}, 0, "moof", gap=8 + len(SAMPLES[0]))
    apart = head + one + box(b"free") + two + box(b"mdat", *SAMPLES[:2])
    for data, kind, words in (
        (video_and_sound(), errors.NotEditableError, "track 1 are not in movie fragments"),
        (empty, errors.NotEditableError, "there are no movie fragments"),
        (apart, errors.SampleTableError, "move away|outside"),
        (MIXED, errors.FileFormatError, "MP4"),
    ):
        with pytest.raises(kind, match=words):
            mux_segments(MIXED, tmp_path / "none", into=data)
    with pytest.raises(errors.TrackError, match="no track 7"):
        mux_segments(MIXED, tmp_path / "none", describes=7, into=video_from(1, 1))
    with pytest.raises(errors.TrackError, match="no movie"):
        mux_segments(MIXED, tmp_path / "none", describes=1)
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_on_the_command_line(tmp_path: Path) -> None:
    video, source, folder = tmp_path / "v.mp4", tmp_path / "a.nnr", tmp_path / "segments"
    video.write_bytes(video_from(1, 2))
    source.write_bytes(SIMPLE)
    command = ["mux", source, "--into", video, "--segments", folder]
    assert call(*command, "--fragment", "2", "--interleave", "--name", "x").exit_code == 0
    files = sorted(folder.iterdir())
    assert len(files) == 5
    tracks = [top(path.read_bytes(), "moof")[0]["traf/tfhd"].u32(4)[0] for path in files[1:]]
    assert tracks == [2, 1, 2, 1]
    assert call("verify", *files, "--against", source).exit_code == 0
    with Movie(files) as opened:
        assert opened.track().name == "x"
        assert b"cdsc" in opened.source.read(0, opened.source.size)
    assert call(*command, "--force", "--describes", "none").exit_code == 0
    assert b"cdsc" not in (folder / "init.mp4").read_bytes()
    plain = tmp_path / "plain.mp4"
    mux(SIMPLE, plain)
    done = call(*command[:2], "--into", plain, "--segments", tmp_path / "other")
    assert done.exit_code == 1 and "not in movie fragments" in done.stderr


def test_a_network_that_is_there_already(tmp_path: Path) -> None:
    old = added(video_from(1, 2), SIMPLE, fragment=2)
    files = mux_segments(MIXED, tmp_path / "a", into=old, fragment=1)
    assert sample_data(b"".join(path.read_bytes() for path in files)) == {
        1: SAMPLES[:2],
        2: NDUS,
        3: NDUS,
    }
    for number, wanted in ((2, SIMPLE), (3, MIXED)):
        demux(files, target := io.BytesIO(), track_id=number)
        assert target.getvalue() == wanted


REAL = sorted(FIXTURES.glob("mp4/*frag*.mp4"))
HAVE_OTHER_SAMPLES = ("frag_moov_with_samples.mp4", "frag_delay_moov.mp4")


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_what_ffmpeg_and_others_fragmented(path: Path, tmp_path: Path) -> None:
    old = path.read_bytes()
    new = added(old, MIXED, fragment=1, interleave=True)
    (number,) = compare(old, new, interleaved=True)
    assert demuxed(new, number) == MIXED
    try:
        files = mux_segments(MIXED, tmp_path / "segments", into=path, fragment=2, interleave=True)
    except errors.NotEditableError:
        assert path.name in HAVE_OTHER_SAMPLES
        return
    assert demuxed([files[0], *files[1:]], number) == MIXED
    with Movie(files) as parts, Movie(path) as whole:
        for track in whole.all_tracks:
            found, wanted = (
                b"".join(movie.source.read(*place) for place in movie.extents()[track.track_id])
                for movie in (parts, whole)
            )
            assert found == wanted
