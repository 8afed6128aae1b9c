"""Outside programs that rewrite an MP4 file and keep tracks they do not know.

Each function takes an input and an output path, leaves the input alone, and skips (or fails, see
`programs`) where its program is missing.  What each does to the file:

=================  ===============================================================================
qt_faststart       moves ``moov`` to the front, shifts chunk offsets (ffmpeg's qt-faststart)
qtfaststart        the same, by the Python program of that name; refuses where it is in front
atomicparsley      adds a title: ``moov`` grows, media data moves, chunk offsets follow; damages
                   every track of a fragmented file
exiftool           adds a title likewise; refuses a fragmented file
mutagen            adds a title in place: ``moov`` grows, chunk offsets follow; of fragments with a
                   base_data_offset only that of the first
mp4box_js_rewrite  writes every box anew from mp4box.js's objects
mp4box_js_fragment turns the file into an initialization segment and media segments
mp4box_rewrite     imports all tracks into a new file (GPAC's MP4Box)
mp4box_fragment    turns the file into one of movie fragments (GPAC's MP4Box)
gpac_inter         interleaves the media data anew; makes one file of fragments (MP4Box)
gpac_frag          turns the file into one of movie fragments (MP4Box)
gpac_live          makes DASH segments, files with all tracks in each (MP4Box)
gpac_live_alone    the same with the network in segments of its own (MP4Box)
gpac_on_demand     makes DASH segments in one file (MP4Box)
bento4_fragment    turns the file into one of movie fragments (Bento4's mp4fragment)
=================  ===============================================================================

ffmpeg is not among them: its mp4 muxer refuses a track whose codec it does not know, and its mov
muxer drops the sample entry.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.outside.programs import missing, need, need_mp4box, need_mp4fragment, node_script, run

TITLE = "a title"


def need_module(name: str) -> None:
    """Skip the test where the Python module ``name`` is not installed."""
    if importlib.util.find_spec(name) is None:
        missing(f"the Python module {name} is not installed")


def qt_faststart(source: Path, target: Path) -> None:
    """Move ``moov`` before the media data with ffmpeg's qt-faststart."""
    run([need("qt-faststart"), source, target])
    # It copies nothing where moov is in front already, and calls that success.
    if not target.exists():
        shutil.copyfile(source, target)


def qtfaststart(source: Path, target: Path) -> None:
    """Move ``moov`` before the media data with the PyPI package qtfaststart."""
    need_module("qtfaststart")
    code = "import sys; from qtfaststart import processor; processor.process(*sys.argv[1:])"
    run([sys.executable, "-c", code, source, target])


def atomicparsley(source: Path, target: Path) -> None:
    """Add a title with AtomicParsley, which writes the whole file anew."""
    run([need("AtomicParsley"), source, "--title", TITLE, "-o", target])


def exiftool(source: Path, target: Path) -> None:
    """Add a title with exiftool, which writes the whole file anew."""
    run([need("exiftool"), "-q", f"-Title={TITLE}", "-o", target, source])


def mutagen(source: Path, target: Path) -> None:
    """Add a title with mutagen, which inserts bytes in place."""
    need_module("mutagen")
    shutil.copyfile(source, target)
    code = "import sys; from mutagen.mp4 import MP4; file = MP4(sys.argv[1]); "
    code += "file['\\xa9nam'] = sys.argv[2]; file.save()"
    run([sys.executable, "-c", code, target, TITLE])


def mp4box_js_rewrite(source: Path, target: Path) -> None:
    """Parse into mp4box.js's objects and serialize them."""
    node_script("mp4box_rewrite.mjs", source, target)


def mp4box_js_fragment(source: Path, target: Path, samples_per_segment: int = 4) -> list[Path]:
    """Fragment with mp4box.js: ``target`` is the initialization segment and all media segments.

    Returns the initialization segment and then the media segments, as files beside ``target``.
    """
    prefix = target.with_suffix("")
    written = node_script("mp4box_fragment.mjs", source, prefix, str(samples_per_segment))
    Path(written["all"]).replace(target)
    return [Path(written["init"]), *(Path(name) for name in written["segments"])]


def mp4box_rewrite(source: Path, target: Path) -> None:
    """Import all tracks into a new file with GPAC's MP4Box."""
    run([need_mp4box(), "-quiet", "-add", source, "-new", target])


def mp4box_fragment(source: Path, target: Path) -> None:
    """Fragment with GPAC's MP4Box, by 300 milliseconds."""
    run([need_mp4box(), "-quiet", "-frag", "300", source, "-out", target])


def gpac(arguments: Sequence[str | Path], folder: Path) -> list[Path]:
    """Run GPAC's MP4Box in a new folder; what it made, initialization segments first."""
    folder.mkdir()
    run([need_mp4box(), *arguments], folder)
    made = [path for path in folder.iterdir() if path.suffix in (".mp4", ".m4s")]
    return sorted(made, key=lambda path: (path.suffix == ".m4s", len(path.name), path.name))


def gpac_inter(source: Path, folder: Path) -> list[Path]:
    """Interleave anew, in one file without fragments."""
    return gpac(["-inter", "500", source, "-out", "out.mp4"], folder)


def gpac_frag(source: Path, folder: Path) -> list[Path]:
    """Make movie fragments of up to 300 ms."""
    return gpac(["-frag", "300", source, "-out", "out.mp4"], folder)


_DASH = ["-dash", "300", "-rap", "-profile"]


def gpac_live(source: Path, folder: Path) -> list[Path]:
    """Make DASH segments with all tracks in each."""
    return gpac([*_DASH, "live", source, "-out", "out.mpd"], folder)


def gpac_on_demand(source: Path, folder: Path) -> list[Path]:
    """Make one file of DASH segments."""
    return gpac([*_DASH, "onDemand", source, "-out", "out.mpd"], folder)


def gpac_live_alone(source: Path, folder: Path) -> list[Path]:
    """Make DASH segments with the network, track 3, in segments of its own."""
    parts = [f"{source}#video:id=v", f"{source}#trackID=3:id=n"]
    made = gpac([*_DASH, "live", *parts, "-out", "out.mpd"], folder)
    return [path for path in made if "track3" in path.name]


def bento4_fragment(source: Path, folder: Path) -> list[Path]:
    """Make movie fragments."""
    folder.mkdir()
    target = folder / "out.mp4"
    run([need_mp4fragment(), "--fragment-duration", "300", source, target])
    return [target]
