"""Writers of this project by programs that rewrite what they wrote: is the network restored?

    python -m tests.outside.delivery_table

prints a table in Markdown. `test_delivery` asserts each of its cells.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pymp4_nnr import FragmentWriter, append, demux, mux, mux_segments, split
from pymp4_nnr.errors import TrackError
from tests.paths import FIXTURES

from . import muxers
from .programs import need, run

SOURCE = FIXTURES / "nnr" / "interleaved.nnr"
NETWORK = SOURCE.read_bytes()
"""Units stand between its NDUs and behind them."""

_UNITS = [unit.data for unit in split(NETWORK)]
_CUT = 6
"""Units of the first of two rounds."""


FRAGMENTS = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]


def video(folder: Path, layout: Sequence[str] = ()) -> Path:
    """Two seconds of video and sound."""
    path = folder / "video.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=2"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2"]
    codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", "-c:a", "aac", *layout]
    run([need("ffmpeg"), "-nostdin", "-v", "error", *picture, *sound, *codecs, path])
    return path


def _muxed(layout: Sequence[str] = (), **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        into = {"into": video(folder, layout)} if "into" in options else {}
        path = folder / "network.mp4"
        mux(SOURCE, path, **{**options, **into})  # type: ignore[arg-type]
        return path

    return write


def _streamed(folder: Path) -> Path:
    path = folder / "network.mp4"
    with FragmentWriter(path) as writer:
        for unit in _UNITS:
            writer.write(unit)
    return path


def _segments(*, into: bool = False) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / "network.mp4"
        old = video(folder, FRAGMENTS) if into else None
        files = mux_segments(SOURCE, folder / "segments", into=old, fragment=1)
        path.write_bytes(b"".join(file.read_bytes() for file in files))
        return path

    return write


def _rounds(**options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        into = {"into": video(folder)} if "into" in options else {}
        path = folder / "network.mp4"
        first, second = b"".join(_UNITS[:_CUT]), b"".join(_UNITS[_CUT:])
        mux(first, path, **{**options, **into})  # type: ignore[arg-type]
        append(path, second)
        return path

    return write


WRITERS: dict[str, Callable[[Path], Path]] = {
    "mux": _muxed(),
    "mux --into": _muxed(into=True),
    "mux --fragment 1": _muxed(fragment=1),
    "mux --into --fragment 1": _muxed(into=True, fragment=1),
    "mux --into fragments --fragment 1": _muxed(FRAGMENTS, into=True, fragment=1),
    "the same with --interleave": _muxed(FRAGMENTS, into=True, fragment=1, interleave=True),
    "mux --segments": _segments(),
    "mux --into fragments --segments": _segments(into=True),
    "FragmentWriter": _streamed,
    "append": _rounds(appendable=True),
    "append, not prepared": _rounds(),
    "append, beside video": _rounds(into=True, appendable=True),
    "append, to fragments": _rounds(fragment=1),
}


def _unchanged(source: Path, folder: Path) -> list[Path]:
    return [source]


def _joined(source: Path, folder: Path) -> list[Path]:
    """DASH segments made one file without fragments again."""
    made = muxers.gpac_live(source, folder)
    joined = folder / "joined.mp4"
    joined.write_bytes(b"".join(path.read_bytes() for path in made))
    return muxers.gpac_inter(joined, folder / "inter")


def _mp4box_js(source: Path, folder: Path) -> list[Path]:
    folder.mkdir()
    muxers.mp4box_js_rewrite(source, folder / "out.mp4")
    return [folder / "out.mp4"]


def _mp4box_js_segments(source: Path, folder: Path) -> list[Path]:
    folder.mkdir()
    return muxers.mp4box_js_fragment(source, folder / "joined.mp4")


REWRITERS: dict[str, Callable[[Path, Path], list[Path]]] = {
    "none": _unchanged,
    "MP4Box -inter": muxers.gpac_inter,
    "MP4Box -frag": muxers.gpac_frag,
    "MP4Box -dash live": muxers.gpac_live,
    "MP4Box -dash onDemand": muxers.gpac_on_demand,
    "dash, then -inter": _joined,
    "mp4fragment": muxers.bento4_fragment,
    "mp4box.js": _mp4box_js,
    "mp4box.js, segments": _mp4box_js_segments,
}

BESIDE = [name for name in WRITERS if "into" in name or "beside" in name or "the same" in name]
"""Those that write beside video and sound."""

IN_GROUPS = ["FragmentWriter", *(name for name in WRITERS if name.startswith("append"))]
"""Those whose units travel in sample groups of fragments."""

LOST = {
    ("append, beside video", "mp4fragment"),
    *((writer, "mp4box.js, segments") for writer in IN_GROUPS),
}
"""Programs that drop sample groups, and the units in them: restoring is refused."""

UNABLE: dict[tuple[str, str], str] = {
    (writer, "mp4fragment"): "mp4fragment refuses files without video, audio or subtitles"
    for writer in WRITERS
    if writer not in BESIDE
}


def _cell(writer: str, rewriter: str) -> str:
    if (writer, rewriter) in UNABLE:
        return "refuses"
    with tempfile.TemporaryDirectory() as made_in:
        folder = Path(made_in)
        try:
            made = REWRITERS[rewriter](WRITERS[writer](folder), folder / "made")
            demux(made, folder / "restored")
        except TrackError:
            return "lost, and said so"
        except Exception as error:
            return f"**{type(error).__name__}**"
        same = (folder / "restored").read_bytes() == NETWORK
        return "restored" if same else "**different**"


def main() -> None:
    """Print the table."""
    print("| writer | " + " | ".join(REWRITERS) + " |")
    print("| --- |" + " --- |" * len(REWRITERS))
    for writer in WRITERS:
        cells = [_cell(writer, rewriter) for rewriter in REWRITERS]
        print(f"| {writer} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
