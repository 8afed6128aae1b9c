"""`mux_segments`: a network as an initialization segment and media segments, as CMAF has them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..boxes.header import MAX_32
from ..boxes.node import build_box
from ..edit.added_tracks import Describes, add_tracks, beside_tracks
from ..edit.bitstream_index import BitstreamIndex
from ..edit.fragment_boxes import segment_index, segment_type, track_extends
from ..edit.interleaving import in_turns
from ..edit.new_fragments import FragmentSize, NewFragments, PlannedFragment
from ..edit.new_track import TRACK_NAME, Beside, NewTrack, file_type, track_box
from ..edit.offsets import MAX_REFERENCED_SIZE
from ..edit.segment_files import SegmentFiles
from ..errors import (
    ArgumentRangeError,
    OutputExistsError,
    OutputNameError,
    TrackNotFoundError,
    in_file,
)
from ..io.new_file import about, naming_full, rename_new, sync_folder
from ..io.output import check_written, write_pieces
from ..io.progress import Progress
from ..io.ranges import Piece
from ..io.source import SourceLike, open_source
from ..io.temporary_name import locked_folder, temporary_folder
from ..movie.movie import Movie
from ..movie.timing import TIMESCALE
from .written_tracks import check_tracks

INIT_NAME = "init.mp4"
SEGMENT_NAME = "segment-{:06}.m4s"


def mux_segments(
    source: SourceLike,
    folder: str | os.PathLike[str],
    *,
    into: SourceLike | None = None,
    fragment: int | str | FragmentSize = 1,
    interleave: bool = False,
    name: str = TRACK_NAME,
    describes: Describes = "video",
    timescale: int = TIMESCALE,
    tensor_index: bool = True,
    overwrite: bool = True,
    sync: bool = False,
    verify: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write an NNR bitstream as segments in files of their own (ISO/IEC 23000-19, 7.3).

    Args:
        source: the bitstream: a path, a buffer or a binary file object.
        folder: where the files ``init.mp4`` and ``segment-000001.m4s`` and so on are written. It
            is made if it is missing, and appears when it is complete; nothing is left behind where
            writing fails. Into one that exists, the files are moved one by one, the initialization
            segment last.
        into: a file of movie fragments, such as ffmpeg writes (``-movflags
            +frag_keyframe+empty_moov+default_base_moof``): the initialization segment has its
            tracks and that of the network, and its fragments are segments as they are, each with
            the boxes that stand right before it. `styp` comes first in those that have none; the
            indexes of the whole file are left out.
        fragment: as of `mux`; each fragment is a segment.
        interleave: with `into`: between its segments, not in front of them.
        name: of the track.
        describes: with `into`, as of `mux`.
        timescale: ticks per second; each sample lasts one. With `into`, as of `mux`.
        tensor_index: as of `mux`; it lies in the initialization segment.
        overwrite: whether files in a folder that exists may be replaced, and older segments in it
            removed.
        sync: return only when the files, and their names, are on the disk: for a power cut.
        verify: read back what was written, and compare every byte, before the files appear.
            Without it, too, the tables of the new track must lead to the bytes of the source.
        limit: as of `mux`.
        progress: called with the number of bytes written since the last call.

    Returns:
        The files in their order, the initialization segment first: `demux` takes them so.

    Raises:
        BitstreamError, LimitError, MediaError: as `mux`.
        NotEditableError: `into` has samples outside of fragments.
        OutputError: the folder is a file, or has files in it that may not be replaced.
        OutputDiffersError: what was written, or would be, does not restore the source.
        OSError: reading or writing fails.
    """
    if not 0 < timescale <= MAX_32:
        raise ArgumentRangeError(f"a timescale of {timescale} does not fit its field")
    if into is None and describes not in ("video", None):
        raise TrackNotFoundError(f"no track {describes} to describe: there is no movie to add to")
    if not os.fspath(folder):
        raise OutputNameError("the name of the folder is empty")
    target = Path(os.path.realpath(folder))
    _check_folder(target, overwrite=overwrite)
    size = FragmentSize.of(fragment)
    with naming_full(folder), ExitStack() as stack:
        opened = stack.enter_context(open_source(source))
        index = BitstreamIndex(opened, tensors=tensor_index)
        if into is None:
            files = list(_alone(index, size, name, timescale))
        else:
            with in_file(into):
                movie = stack.enter_context(Movie(into, editable=True, limit=limit))
                track = NewTrack(index, name, timescale, fragment=size)
                files = list(_beside(movie, track, describes, interleave=interleave))
        check_tracks(files, [opened], limit=limit)
        try:
            temporary = temporary_folder(target)
        except OSError as error:
            raise about(target, error) from error
        try:
            part = temporary.path
            names = []
            for number, pieces in enumerate(files):
                names.append(SEGMENT_NAME.format(number) if number else INIT_NAME)
                _write(pieces, part / names[-1], progress, sync=sync, verify=verify)
            if sync:
                sync_folder(part)
            _move(part, target, names, overwrite=overwrite)
        finally:
            temporary.remove()
            temporary.close()
        if sync:
            sync_folder(target)
            sync_folder(target.parent)
    return [Path(folder) / one for one in names]


def _alone(
    index: BitstreamIndex, size: FragmentSize, name: str, timescale: int
) -> Iterator[list[Piece]]:
    """The files of a network and nothing else, the initialization segment first."""
    fragments = NewFragments(index, size)
    fragments.set_track(1, 1)
    yield [_init(index, name, timescale)]
    for made in fragments.fragments:
        yield _segment(fragments, made, Reference(1, timescale), cmaf=True)


def _beside(
    movie: Movie, track: NewTrack, describes: Describes, *, interleave: bool
) -> Iterator[list[Piece]]:
    """The files of a network beside video and audio, whose fragments are segments, too."""
    old = SegmentFiles(movie)
    beside = beside_tracks(movie)
    times = beside.fit(len(track.index.sizes), track.timescale)
    moov, added = add_tracks(movie, [track], describes, in_front=not interleave)
    ((track_id, fragments),) = added.items()
    delay = times.delay * times.timescale // beside.timescale
    reference = Reference(track_id, times.timescale, delay)
    places = len(old) if interleave else 1
    turns = in_turns([fragments], places)
    yield old.initialization(moov)
    for segment in old.media():
        for made, one in next(turns, ()):
            yield _segment(made, one, reference)
        yield segment


@dataclass(frozen=True)
class Reference:
    """The track that the `sidx` of a segment is about.

    Attributes:
        track_id: of the track.
        timescale: of its media.
        delay: in these ticks, from the start of the movie to that of the track.
    """

    track_id: int
    timescale: int
    delay: int = 0


def _segment(
    fragments: NewFragments, made: PlannedFragment, reference: Reference, *, cmaf: bool = False
) -> list[Piece]:
    """A media segment of one fragment of the network."""
    pieces: list[Piece] = [segment_type(indexed=made.size <= MAX_REFERENCED_SIZE, cmaf=cmaf)]
    if made.size <= MAX_REFERENCED_SIZE:
        time = reference.delay + made.first
        entries = [fragments.indexed(made)]
        pieces.append(segment_index(reference.track_id, reference.timescale, time, entries))
    return pieces + fragments.pieces(made)


def _check_folder(folder: Path, *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputNameError(f"{folder} is no folder")
    if not overwrite and folder.exists() and any(folder.iterdir()):
        raise OutputExistsError(f"{folder} exists and is not empty")


def _write(
    pieces: list[Piece], path: Path, progress: Progress | None, *, sync: bool, verify: bool
) -> None:
    """Write a file into the folder that is not complete yet."""
    with path.open("x+b") as file:
        write_pieces(pieces, file, progress=progress)
        if verify:
            check_written(pieces, file)
        if sync:
            os.fsync(file.fileno())


def _move(part: Path, target: Path, names: list[str], *, overwrite: bool) -> None:
    """Put the files where they belong."""
    if not target.exists():
        try:
            part.replace(target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise about(target, error) from error
    with locked_folder(target):
        _check_folder(target, overwrite=overwrite)  # others may have written there meanwhile
        for one in names:
            if (target / one).is_dir():
                raise OutputNameError(f"{target / one} is a directory")
        if not overwrite:
            _move_new(part, target, names)
            return
        for one in _init_last(names):
            (part / one).replace(target / one)
        for old in target.glob("segment-*.m4s"):
            if old.name not in names and old.stem.removeprefix("segment-").isdecimal():
                old.unlink()


def _move_new(part: Path, target: Path, names: list[str]) -> None:
    """Put the files into an empty folder; none of them where one is there by now."""
    moved: list[Path] = []
    try:
        for one in _init_last(names):
            rename_new(part / one, target / one)
            moved.append(target / one)
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise


def _init_last(names: list[str]) -> list[str]:
    return [*names[1:], names[0]]


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
