"""Networks delivered in every way, and then rewritten by other programs.

`python -m tests.outside.delivery_table` prints the same as a table.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from pymp4_nnr import FragmentWriter, check, demux, errors, mux_segments
from tests.nnr.streams import NDUS, PARAMETERS, START, TOPOLOGY

from .delivery_table import (
    BESIDE,
    IN_GROUPS,
    LOST,
    NETWORK,
    REWRITERS,
    SOURCE,
    UNABLE,
    WRITERS,
    video,
)
from .programs import ToolError, need, run
from .readers import ffprobe_streams, mediainfo, mp4box_js, streamhash

FFMPEG_FAULTS = {"tfra-number", "next-track-id"}
"""Rules that the videos break before a network comes to them: ffmpeg's `mfra` of two tracks."""

FAULTS = {
    # the groups of samples stay in `stbl`, which has none of these any more
    **{(writer, "mp4box.js, segments"): FFMPEG_FAULTS | {"sbgp-count"} for writer in WRITERS},
    **{cell: {"nnr-groups-missing", "nnr-sample-unit", "sbgp-count"} for cell in LOST},
    **{
        # of a file with samples before its fragments, tables with rows for the latter alone
        (writer, "MP4Box -inter"): {"ctts-count", "sdtp-count"}
        for writer in ("append", "append, not prepared", "append, beside video")
    },
}
"""Rules that a program breaks, where it does."""


@pytest.mark.parametrize("writer", WRITERS)
def test_ffprobe_counts_the_samples(writer: str, tmp_path: Path) -> None:
    path = WRITERS[writer](tmp_path)
    (stream,) = [one for one in ffprobe_streams(path) if one["codec_type"] == "data"]
    assert stream["codec_tag_string"] == "nnr1"
    assert int(stream["nb_read_packets"]) >= 4


@pytest.mark.parametrize("writer", WRITERS)
def test_mp4box_js_reads_them(writer: str, tmp_path: Path) -> None:
    tree = mp4box_js(WRITERS[writer](tmp_path))
    assert not tree["errors"]
    tracks = {track["codec"]: track for track in tree["tracks"]}
    assert tracks["nnr1"]["sample_count"] >= 4
    assert len(tracks) == (3 if writer in BESIDE else 1)
    if writer in BESIDE:
        assert tracks["avc1.64000a"]["sample_count"] == 50


@pytest.mark.parametrize("writer", WRITERS)
def test_mediainfo_reads_them(writer: str, tmp_path: Path) -> None:
    """Beside video it does not list a track that describes another."""
    path = WRITERS[writer](tmp_path)
    general, *tracks = mediainfo(path)["media"]["track"]
    assert general["Format"] == "MPEG-4"
    assert int(general["FileSize"]) == path.stat().st_size
    assert general.get("IsTruncated", "No") == "No"
    if writer in BESIDE:
        assert [track["@type"] for track in tracks] == ["Video", "Audio"]
        assert int(tracks[0]["FrameCount"]) == 50
    else:
        (track,) = tracks
        assert (track["@type"], track["Type"]) == ("Other", "meta")
        count = 5 if writer in IN_GROUPS else 4
        assert round(float(track["Duration"]) * 1000) == count
        assert int(track.get("FrameCount", count)) == count


@pytest.mark.parametrize("rewriter", REWRITERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_restored(writer: str, rewriter: str, tmp_path: Path) -> None:
    if (writer, rewriter) in UNABLE:
        pytest.skip(UNABLE[writer, rewriter])
    made = REWRITERS[rewriter](WRITERS[writer](tmp_path), tmp_path / "made")
    errors_found = {finding.rule.id for finding in check(made) if finding.severity == "error"}
    assert errors_found <= FAULTS.get((writer, rewriter), FFMPEG_FAULTS)
    if (writer, rewriter) in LOST:
        with pytest.raises(errors.TrackError, match="sample groups are missing"):
            demux(made, tmp_path / "restored")
        return
    demux(made, tmp_path / "restored")
    assert (tmp_path / "restored").read_bytes() == NETWORK


def test_the_video_is_made(tmp_path: Path) -> None:
    assert [one["codec_type"] for one in ffprobe_streams(video(tmp_path))] == ["video", "audio"]


@pytest.mark.parametrize("writer", BESIDE)
def test_ffmpeg_copies_the_video(writer: str, tmp_path: Path) -> None:
    """By default, and into fragments for HLS, ffmpeg takes video and sound, and not the network."""
    path = WRITERS[writer](tmp_path)
    plain, playlist = tmp_path / "plain.mp4", tmp_path / "hls" / "list.m3u8"
    playlist.parent.mkdir()
    ffmpeg = [need("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-c", "copy"]
    run([*ffmpeg, plain])
    assert [one["codec_type"] for one in ffprobe_streams(plain)] == ["video", "audio"]
    assert streamhash(plain) == streamhash(tmp_path / "video.mp4")
    run([*ffmpeg, "-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "1", playlist])
    assert len(list(playlist.parent.glob("*.m4s"))) >= 2
    assert [one["codec_type"] for one in ffprobe_streams(playlist)] == ["video", "audio"]


@pytest.mark.parametrize("writer", BESIDE)
def test_what_ffmpeg_cannot_copy(writer: str, tmp_path: Path) -> None:
    """Should it learn to, the README can say so."""
    path = WRITERS[writer](tmp_path)
    everything = [need("ffmpeg"), "-nostdin", "-v", "error", "-i", path, "-map", "0", "-c", "copy"]
    with pytest.raises(ToolError, match="not currently supported in container"):
        run([*everything, tmp_path / "out.mp4"])
    run([*everything, tmp_path / "out.mov"])
    streams = ffprobe_streams(tmp_path / "out.mov")
    assert [one["codec_type"] for one in streams] == ["video", "audio", "data"]
    with pytest.raises(errors.TrackError, match="no NNR track"):
        demux(tmp_path / "out.mov", tmp_path / "restored")


@pytest.mark.parametrize("interleave", [False, True])
def test_segments_for_hls_take_a_network(interleave: bool, tmp_path: Path) -> None:
    """What ffmpeg made for HLS, in a row, is segments beside a network; ffmpeg plays them."""
    folder = tmp_path / "hls"
    folder.mkdir()
    hls = ["-c", "copy", "-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "0.4"]
    source = video(tmp_path)
    run([need("ffmpeg"), "-nostdin", "-v", "error", "-i", source, *hls, folder / "list.m3u8"])
    parts = [folder / "init.mp4", *sorted(folder.glob("*.m4s"))]
    assert len(parts) > 4
    old, new = tmp_path / "old.mp4", tmp_path / "new.mp4"
    old.write_bytes(b"".join(path.read_bytes() for path in parts))
    files = mux_segments(SOURCE, tmp_path / "made", into=old, fragment=1, interleave=interleave)
    assert len(files) == len(parts) + 4
    demux(files, tmp_path / "restored")
    assert (tmp_path / "restored").read_bytes() == NETWORK
    new.write_bytes(b"".join(path.read_bytes() for path in files))
    assert streamhash(new)[:2] == streamhash(old) == streamhash(source)
    kinds = [one["codec_type"] for one in ffprobe_streams(new)]
    assert kinds == ["video", "audio", "data"]


UNITS = [START, PARAMETERS, TOPOLOGY, *NDUS[:2]]
ORDERS = [*itertools.permutations(range(len(UNITS)))]


@pytest.mark.parametrize("rewriter", [name for name in REWRITERS if "MP4Box" in name])
def test_orders_of_units_in_streams(rewriter: str, tmp_path: Path) -> None:
    """A few of the 120; `python -m tests.outside.test_delivery` tries all."""
    check_orders(rewriter, ORDERS[3::29], tmp_path)


def check_orders(rewriter: str, orders: Sequence[tuple[int, ...]], folder: Path) -> None:
    for number, order in enumerate(orders):
        path = folder / f"stream{number}.mp4"
        with FragmentWriter(path) as writer:
            for index in order:
                writer.write(UNITS[index])
        made = REWRITERS[rewriter](path, folder / f"made{number}")
        demux(made, folder / "restored")
        expected = b"".join(UNITS[index] for index in order)
        assert (folder / "restored").read_bytes() == expected, (rewriter, order)


if __name__ == "__main__":
    for one in REWRITERS:
        if "MP4Box" in one or "inter" in one:
            with tempfile.TemporaryDirectory() as made_in:
                check_orders(one, ORDERS, Path(made_in))
            print(f"{one}: {len(ORDERS)} orders restored", flush=True)
