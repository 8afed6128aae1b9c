"""Files that ffmpeg made get a network, programs read them, and others rewrite them.

The rewriters are those of `muxers`; mp4box.js and MP4Box are the ones that fragment.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import demux, mux, remove, verify
from pymp4_nnr.operations.dump import dump
from tests.cli.command import call
from tests.mp4.compare import compare
from tests.mp4.read import sample_data
from tests.nnr.streams import FOLDER, MIXED, NDUS
from tests.outside.programs import ToolError, need, run
from tests.outside.readers import (
    ffmpeg_copy_data,
    ffprobe_packets,
    ffprobe_streams,
    framemd5,
    mp4box_js,
    streamhash,
)

from . import muxers

MODEL = FOLDER / "edsr_small.nnr"
LAYOUTS = {
    "moov last": [],
    "faststart": ["-movflags", "+faststart"],
    "fragments": ["-movflags", "+frag_keyframe+empty_moov"],
    "fragments after samples": ["-movflags", "+frag_keyframe"],
    "fragments, base is moof": ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"],
    "fragments, no offset": ["-movflags", "+frag_keyframe+empty_moov+omit_tfhd_offset"],
    "dash": ["-movflags", "+dash+global_sidx", "-frag_duration", "300000"],
    "cmaf": ["-movflags", "+cmaf", "-frag_duration", "300000"],
    "mov": ["-f", "mov"],
    "b frames": ["-bf", "2", "-movflags", "+negative_cts_offsets"],
}
UNFRAGMENTED = ["moov last", "faststart", "mov", "b frames"]
FRAGMENTED = [name for name in LAYOUTS if name not in UNFRAGMENTED]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives a second of H.264 and AAC that ffmpeg wrote in a layout."""
    folder = tmp_path_factory.mktemp("videos")

    def video(layout: str) -> Path:
        path = folder / f"{layout}.mp4"
        if not path.exists():
            picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=1"]
            sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
            codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-c:a", "aac"]
            ffmpeg = [need("ffmpeg"), "-nostdin", "-v", "error", *picture, *sound]
            run([*ffmpeg, *codecs, *LAYOUTS[layout], path])
        return path

    return video


@pytest.fixture
def with_network(videos: Callable[[str], Path], tmp_path: Path) -> Callable[..., Path]:
    """Gives such a file with a network in it."""

    def build(layout: str, source: object = MODEL) -> Path:
        path = tmp_path / f"{layout} with network.mp4"
        mux(source, path, into=videos(layout))  # type: ignore[arg-type]
        return path

    return build


def restored(*files: Path) -> bytes:
    target = files[0].with_suffix(".restored")
    demux(list(files), target)
    return target.read_bytes()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_programs_read_what_was_added(
    layout: str, videos: Callable[[str], Path], with_network: Callable[..., Path]
) -> None:
    old, new = videos(layout), with_network(layout)
    (number,) = compare(old.read_bytes(), new.read_bytes())
    assert number == 3

    streams = ffprobe_streams(new)
    assert [stream["codec_type"] for stream in streams] == ["video", "audio", "data"]
    assert streams[2]["codec_tag_string"] == "nnr1"
    before = ffprobe_streams(old)
    for was, now in zip(before, streams, strict=False):
        for key in ("nb_read_packets", "start_time", "time_base", "codec_name", "avg_frame_rate"):
            assert was.get(key) == now.get(key), key
    for index in (0, 1):
        assert framemd5(new, index) == framemd5(old, index), "decoded frames and their times"
        told = [
            [
                (packet.get("pts"), packet.get("dts"), packet["size"], packet["data_hash"])
                for packet in ffprobe_packets(path, index)
            ]
            for path in (old, new)
        ]
        assert told[0] == told[1]
    assert streamhash(new)[:2] == streamhash(old)
    assert ffmpeg_copy_data(new, 2) == b"".join(sample_data(new.read_bytes())[3])

    seen = mp4box_js(new)
    assert seen["errors"] == []
    (track,) = [track for track in seen["tracks"] if track["id"] == 3]
    assert track["codec"] == "nnr1"
    assert track["sample_sizes"] == [len(ndu) for ndu in sample_data(new.read_bytes())[3]]
    *_, last = dump(new)
    assert last["end"] == new.stat().st_size

    assert restored(new) == MODEL.read_bytes()
    back = new.with_suffix(".without.mp4")
    remove(new, back)
    assert streamhash(back) == streamhash(old)
    assert sample_data(back.read_bytes()) == sample_data(old.read_bytes())


REWRITERS = {
    rewriter.__name__: rewriter
    for rewriter in (
        muxers.qt_faststart,
        muxers.qtfaststart,
        muxers.atomicparsley,
        muxers.exiftool,
        muxers.mutagen,
        muxers.mp4box_js_rewrite,
        muxers.mp4box_rewrite,
    )
}
UNABLE: dict[tuple[str, str], str] = {
    **{("atomicparsley", layout): "damages every track of fragments" for layout in FRAGMENTED},
    **{("exiftool", layout): "refuses fragments" for layout in FRAGMENTED},
    **{("qtfaststart", layout): "refuses files with moov in front" for layout in LAYOUTS},
    ("atomicparsley", "mov"): "refuses QuickTime",
    ("atomicparsley", "b frames"): "refuses the brand iso4",
    ("mp4box_js_rewrite", "mov"): "writes a shorter moov, and leaves all offsets as they were",
}
DAMAGES_VIDEO = {("mutagen", "fragments"), ("mutagen", "fragments after samples")}
"""mutagen moves the offsets of the first fragment only, in the file without a network too."""


@pytest.mark.parametrize(
    ("rewriter", "layout"),
    [pair for pair in itertools.product(REWRITERS, LAYOUTS) if pair not in UNABLE],
)
def test_restored_from_what_a_program_rewrote(
    rewriter: str, layout: str, with_network: Callable[..., Path]
) -> None:
    new = with_network(layout)
    rewritten = new.with_suffix(".rewritten.mp4")
    REWRITERS[rewriter](new, rewritten)
    assert verify(rewritten, MODEL) is None
    assert restored(rewritten) == MODEL.read_bytes()
    if rewriter in ("atomicparsley", "exiftool", "mutagen"):
        assert rewritten.read_bytes() != new.read_bytes()
    if (rewriter, layout) in DAMAGES_VIDEO:
        return
    assert streamhash(rewritten) == streamhash(new)
    again = new.with_suffix(".again.mp4")
    mux(MIXED, again, into=rewritten)
    with pytest.raises(Exception, match="several NNR tracks"):
        restored(again)
    compare(rewritten.read_bytes(), again.read_bytes())


def moov_moved_back(path: Path) -> Path:
    """A file whose `moov` is last, for programs that move it to the front."""
    target = path.with_suffix(".back.mp4")
    data = path.read_bytes()
    at = data.index(b"moov") - 4
    size = int.from_bytes(data[at : at + 4])
    moov = bytearray(data[at : at + size])
    place = moov.find(b"stco")
    while place >= 0:
        count = int.from_bytes(moov[place + 8 : place + 12])
        for entry in range(place + 12, place + 12 + 4 * count, 4):
            offset = int.from_bytes(moov[entry : entry + 4]) - size
            moov[entry : entry + 4] = offset.to_bytes(4)
        place = moov.find(b"stco", place + 4)
    target.write_bytes(data[:at] + data[at + size :] + moov)
    return target


@pytest.mark.parametrize("rewriter", ["qt_faststart", "qtfaststart"])
def test_restored_from_what_a_program_made_faststart(
    rewriter: str, with_network: Callable[..., Path]
) -> None:
    back = moov_moved_back(with_network("moov last"))
    assert restored(back) == MODEL.read_bytes()
    front = back.with_suffix(".front.mp4")
    REWRITERS[rewriter](back, front)
    assert front.read_bytes() != back.read_bytes()
    assert restored(front) == MODEL.read_bytes()


@pytest.mark.parametrize("layout", UNFRAGMENTED)
@pytest.mark.parametrize("source", [MODEL, MIXED], ids=["model", "units between"])
def test_restored_from_fragments(
    layout: str, source: Path | bytes, with_network: Callable[..., Path]
) -> None:
    """mp4box.js makes an initialization segment and media segments."""
    new = with_network(layout, source)
    wanted = source if isinstance(source, bytes) else source.read_bytes()
    joined = new.with_suffix(".joined.mp4")
    segments = muxers.mp4box_js_fragment(new, joined)
    assert len(segments) > 3
    assert restored(*segments) == wanted
    assert restored(joined) == wanted
    # without the segments of the other tracks, too
    files = [segments[0], *(path for path in segments[1:] if "-3-" in path.name)]
    assert restored(*files) == wanted
    # and from fragments that get another network, or lose this one
    again = new.with_suffix(".again.mp4")
    mux(MIXED, again, into=joined)
    compare(joined.read_bytes(), again.read_bytes())
    demux(again, again.with_suffix(".nnr"), track_id=3)
    assert again.with_suffix(".nnr").read_bytes() == wanted
    without = new.with_suffix(".without.mp4")
    remove(joined, without)
    kept = sample_data(joined.read_bytes())
    del kept[3]
    assert sample_data(without.read_bytes()) == kept
    assert streamhash(without) == streamhash(joined)[:2]


@pytest.mark.parametrize("layout", UNFRAGMENTED)
def test_restored_from_what_mp4box_fragmented(
    layout: str, with_network: Callable[..., Path]
) -> None:
    new = with_network(layout, MIXED)
    fragmented = new.with_suffix(".fragmented.mp4")
    muxers.mp4box_fragment(new, fragmented)
    assert fragmented.read_bytes().count(b"moof") > 2
    assert restored(fragmented) == MIXED
    without = new.with_suffix(".without.mp4")
    remove(fragmented, without)
    kept = sample_data(fragmented.read_bytes())
    del kept[3]
    assert sample_data(without.read_bytes()) == kept


SEGMENTERS = {
    rewriter.__name__: rewriter
    for rewriter in (
        muxers.gpac_inter,
        muxers.gpac_frag,
        muxers.gpac_live,
        muxers.gpac_on_demand,
        muxers.gpac_live_alone,
        muxers.bento4_fragment,
    )
}


@pytest.mark.parametrize("segmenter", SEGMENTERS)
@pytest.mark.parametrize("layout", UNFRAGMENTED)
@pytest.mark.parametrize("source", [MODEL, MIXED], ids=["model", "units between"])
def test_restored_from_segments(
    segmenter: str, layout: str, source: Path | bytes, with_network: Callable[..., Path]
) -> None:
    new = with_network(layout, source)
    made = SEGMENTERS[segmenter](new, new.parent / "made")
    assert segmenter != "gpac_live" or len(made) > 3
    assert restored(*made) == (source if isinstance(source, bytes) else source.read_bytes())


# --- the command ------------------------------------------------------------------------------


def command(*arguments: object, code: int = 0) -> str:
    done = call(*arguments)
    assert done.exit_code == code, done.output
    return done.output


def test_command_line(videos: Callable[[str], Path], tmp_path: Path) -> None:
    video, one, two = videos("faststart"), tmp_path / "one.mp4", tmp_path / "two.mp4"
    mixed, back = tmp_path / "mixed.nnr", tmp_path / "back.nnr"
    mixed.write_bytes(MIXED)
    command("mux", MODEL, "--into", video, "--name", "enhancer", "-o", one)
    assert [stream["codec_type"] for stream in ffprobe_streams(one)] == ["video", "audio", "data"]
    command("mux", mixed, "--into", one, "--name", "other", "--describes", "2", "-o", two)
    assert sample_data(two.read_bytes())[4] == NDUS

    told = json.loads(command("info", "--json", two))
    assert [track["name"] for track in told["tracks"]] == ["enhancer", "other"]
    told_plain = command("info", two)
    assert "enhancer" in told_plain and "other" in told_plain

    several = command("demux", two, "-o", back, code=1)
    assert "3 (enhancer)" in several and "4 (other)" in several
    assert not back.exists()
    command("demux", two, "--track", "4", "-o", back)
    assert back.read_bytes() == MIXED
    command("verify", two, "--track", "3", "--against", MODEL)

    without = tmp_path / "without.mp4"
    command("remove", two, "-o", without, code=1)
    command("remove", two, "--track", "4", "-o", without)
    assert streamhash(without) == streamhash(one)
    command("demux", without, "-o", back, "--force")
    assert back.read_bytes() == MODEL.read_bytes()

    none = tmp_path / "none.mp4"
    unknown = command("mux", mixed, "--into", video, "--describes", "9", "-o", none, code=1)
    assert "no track 9" in unknown and not none.exists()
    command("mux", mixed, "--into", video, "--describes", "none", "-o", none)
    assert b"cdsc" not in none.read_bytes()
    assert b"cdsc" in one.read_bytes()


def test_segments_on_the_command_line(with_network: Callable[..., Path], tmp_path: Path) -> None:
    new = with_network("faststart")
    segments = muxers.mp4box_js_fragment(new, new.with_suffix(".joined.mp4"))
    target = tmp_path / "out.nnr"
    command("demux", *segments, "-o", target)
    assert target.read_bytes() == MODEL.read_bytes()
    command("verify", *segments, "--against", MODEL)


def test_what_the_rewriters_cannot_do(with_network: Callable[..., Path]) -> None:
    """Should one of them learn it, the list above can be shorter."""
    new = with_network("fragments")
    with pytest.raises(ToolError):
        muxers.exiftool(new, new.with_suffix(".out.mp4"))
    with pytest.raises(ToolError):
        muxers.qtfaststart(with_network("moov last"), new.with_suffix(".out.mp4"))
