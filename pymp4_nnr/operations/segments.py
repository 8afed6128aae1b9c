"""`mux_segments`: a network as an initialization segment and media segments, as CMAF has them."""

from __future__ import annotations

import os
from pathlib import Path

from ..boxes.header import MAX_32
from ..boxes.node import build_box
from ..edit.bitstream_index import BitstreamIndex
from ..edit.fragment_boxes import segment_index, segment_type, track_extends
from ..edit.new_fragments import FragmentSize, NewFragments
from ..edit.new_track import TRACK_NAME, Beside, file_type, track_box
from ..errors import ArgumentRangeError, OutputExistsError, OutputNameError
from ..io.new_file import sync_folder
from ..io.output import Progress, write_pieces
from ..io.ranges import Piece
from ..io.source import SourceLike, open_source
from ..io.temporary_name import temporary_folder
from ..movie.timing import TIMESCALE

INIT_NAME = "init.mp4"
SEGMENT_NAME = "segment-{:06}.m4s"


def mux_segments(
    source: SourceLike,
    folder: str | os.PathLike[str],
    *,
    fragment: int | str | FragmentSize = 1,
    name: str = TRACK_NAME,
    timescale: int = TIMESCALE,
    overwrite: bool = True,
    sync: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write an NNR bitstream as segments in files of their own (ISO/IEC 23000-19, 7.3).

    Args:
        source: the bitstream: a path, a buffer or a binary file object.
        folder: where the files ``init.mp4`` and ``segment-000001.m4s`` and so on are written. It
            is made if it is missing, and appears when it is complete; nothing is left behind where
            writing fails. Into one that exists, the files are moved one by one, the initialization
            segment last.
        fragment: as of `mux`; each fragment is a segment.
        name: of the track.
        timescale: ticks per second; each sample lasts one.
        overwrite: whether files in a folder that exists may be replaced, and older segments in it
            removed.
        sync: return only when the files, and their names, are on the disk: for a power cut.
        progress: called with the number of bytes written since the last call.

    Returns:
        The files in their order, the initialization segment first: `demux` takes them so.

    Raises:
        BitstreamError, LimitError, MediaError: as `mux`.
        OutputError: the folder is a file, or has files in it that may not be replaced.
        OSError: reading or writing fails.
    """
    if not 0 < timescale <= MAX_32:
        raise ArgumentRangeError(f"a timescale of {timescale} does not fit its field")
    target = Path(os.path.realpath(folder))
    _check_folder(target, overwrite=overwrite)
    with open_source(source) as opened:
        index = BitstreamIndex(opened)
        fragments = NewFragments(index, FragmentSize.of(fragment))
        fragments.set_track(1, 1)
        temporary = temporary_folder(target)
        try:
            part = temporary.path
            names = [INIT_NAME]
            _write([_init(index, name, timescale)], part / INIT_NAME, progress, sync=sync)
            for number, made in enumerate(fragments.fragments, 1):
                names.append(SEGMENT_NAME.format(number))
                pieces: list[Piece] = [segment_type()]
                if made.size < 1 << 31:
                    reference = (made.size, made.last - made.first)
                    pieces.append(segment_index(1, timescale, made.first, [reference]))
                pieces += [made.header, *index.ranges(made.first, made.last)]
                _write(pieces, part / names[-1], progress, sync=sync)
            if sync:
                sync_folder(part)
            _move(part, target, names)
        finally:
            temporary.remove()
            temporary.close()
        if sync:
            sync_folder(target)
            sync_folder(target.parent)
    return [Path(folder) / one for one in names]


def _check_folder(folder: Path, *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputNameError(f"{folder} is no folder")
    if not overwrite and folder.exists() and any(folder.iterdir()):
        raise OutputExistsError(f"{folder} exists and is not empty")


def _write(pieces: list[Piece], path: Path, progress: Progress | None, *, sync: bool) -> None:
    """Write a file into the folder that is not complete yet."""
    with path.open("xb") as file:
        write_pieces(pieces, file, progress=progress)
        if sync:
            os.fsync(file.fileno())


def _move(part: Path, target: Path, names: list[str]) -> None:
    """Put the files where they belong."""
    if not target.exists():
        part.replace(target)
        return
    for one in [*names[1:], names[0]]:
        (part / one).replace(target / one)
    for old in target.glob("segment-*.m4s"):
        if old.name not in names and old.stem.removeprefix("segment-").isdecimal():
            old.unlink()


def _init(index: BitstreamIndex, name: str, timescale: int) -> bytes:
    """The initialization segment."""
    count = len(index.sizes)
    mvhd = {"type": b"mvhd", "timescale": timescale, "duration": 0, "next_track_ID": 2}
    trak = track_box(
        index, [], name=name, timescale=timescale, beside=Beside(timescale), fragmented=True
    )
    mehd = {"type": b"mehd", "version": 1, "fragment_duration": count}
    mvex = {"type": b"mvex", "children": [mehd, track_extends(1)]}
    moov = build_box({"type": b"moov", "children": [mvhd, trak, mvex]})
    return file_type(b"cmfc") + moov
