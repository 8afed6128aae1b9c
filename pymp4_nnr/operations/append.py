"""`append`: the next round of training added to a file, without rewriting what is there.

A round is a movie fragment at the end of the file. It is written behind the header of a `free` box
that lasts to the end of the file, and becomes a fragment by one write of eight bytes: a file whose
writer was killed before is the file that it was, with free space at its end.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, cast

from ..boxes.header import HEADER_SIZE, MAX_32, TO_END, BoxHeader, encode_header
from ..edit.bitstream_index import BitstreamIndex
from ..edit.editable import check_editable
from ..edit.fragment_boxes import FragmentSamples, fragment_header, group_boxes, track_extends
from ..edit.layout import lay_out
from ..edit.new_fragments import (
    MAX_FRAGMENT_SIZE,
    FragmentSize,
    first_sequence_number,
    plan_fragments,
)
from ..edit.offsets import MovableOffsets
from ..edit.sections import MovieBox, Sections
from ..errors import (
    OutputBusyError,
    OutputNameError,
    SampleDescriptionError,
    TooLargeError,
)
from ..io.changed_file import ChangedFile, changed_file
from ..io.file_source import FileSource
from ..io.new_file import drop_special_bits, naming_full
from ..io.output import check_target, check_written, opened_output, write_pieces
from ..io.progress import Progress, StepProgress
from ..io.ranges import Piece, piece_size
from ..io.source import SourceLike, file_path, open_source
from ..movie.brands import allow_base_is_moof
from ..movie.configuration import CONFIGURATION_BOX
from ..movie.movie import Movie
from ..movie.nnr_track import (
    NNR_SAMPLE_ENTRY,
    UNITS_IN_GROUPS,
    NNRTrack,
)
from .mux import round_time
from .unfinished_round import cut_off_unfinished

_LAST_TIME = (1 << 64) - 1
"""The largest `baseMediaDecodeTime`, in ticks of the media (8.8.12)."""

_LARGEST = 1 << 30
"""Bytes of samples from which on a round gets another fragment."""


@dataclass(frozen=True)
class Appended:
    """What was done.

    Attributes:
        number: of the new round: 2 or more, or 1 where the file had no samples.
        written: bytes of it.
        rewritten: whether the file had to be rewritten first, because it was not prepared.
        repaired: bytes that an earlier `append`, which was stopped, had left behind.
    """

    number: int
    written: int
    rewritten: bool
    repaired: int


def append(
    path: str | os.PathLike[str],
    source: SourceLike,
    *,
    track_id: int | None = None,
    at: float | None = None,
    verify: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Appended:
    """Add a round of training to the NNR track of a file.

    A file that is prepared (`mux` with `appendable` or `fragment`) is not rewritten: time and bytes
    written depend on the round. Another is, once.

    Args:
        path: the file, which is changed.
        source: the bitstream of the round: a path, a buffer or a binary file object.
        track_id: the NNR track; may be left out where there is one.
        at: when the round arrived, in seconds since the start of 1970 in UTC.
        verify: read back what was written, and compare every byte, before it becomes a part of the
            file.
        limit: as of `open`, for what is in the file.
        progress: called with the number of bytes written since the last call.

    Raises:
        BitstreamError: the source is not an NNR bitstream.
        FileFormatError, SampleTableError, TrackError: the file is broken, or has no such track.
        LimitError: `at` is no time, or the units behind the last NDU are too large for a fragment.
        OutputError: the source is the file, another process is appending to it or changing it, or
            it is no regular file.
        OutputDiffersError: what was written is not what it was made of.
        OSError: reading or writing fails.

    However it fails, the file is as it was, byte for byte, without what an earlier `append` that
    was stopped had left behind. (Where it had to be rewritten, and only its name cannot be flushed
    to the disk, the round is there.)
    """
    time = round_time(at)
    if not stat.S_ISREG(file_path(path).stat().st_mode):
        raise OutputNameError(f"{os.fspath(path)} is no file that can become longer")
    with naming_full(path):
        return _append_to(path, source, track_id, time, verify, limit, progress)


def _append_to(
    path: str | os.PathLike[str],
    source: SourceLike,
    track_id: int | None,
    time: int,
    verify: bool,
    limit: int | None,
    progress: Progress | None,
) -> Appended:
    with open_source(source) as opened, Path(path).open("r+b") as file, _locked(file, path):
        check_target(path, inputs=[opened])
        index = BitstreamIndex(opened, progress=progress)
        repaired = cut_off_unfinished(file, limit)
        with Movie(path, limit=limit) as movie:
            track = movie.track(track_id)
            if _is_prepared(movie, track):
                number, written = _append(
                    _Writing(file, path, verify, progress), movie, track, index, time
                )
                return Appended(number, written, rewritten=False, repaired=repaired)
        with Movie(path, editable=True, limit=limit) as movie:
            pieces = _prepared(movie, movie.track(track_id))
            with opened_output(path, overwrite=True, sync=True) as output:
                new = cast("BinaryIO", output)
                _begin(progress, "rewriting", sum(map(piece_size, pieces)))
                write_pieces(pieces, new, progress=progress)
                if verify:
                    check_written(pieces, new)
                with Movie(FileSource(new), limit=limit) as prepared:
                    writing = _Writing(new, None, verify, progress)
                    number, written = _append(
                        writing, prepared, prepared.track(track_id), index, time
                    )
        return Appended(number, written, rewritten=True, repaired=repaired)


def _begin(progress: Progress | None, step: str, total: int) -> None:
    if isinstance(progress, StepProgress):
        progress.begin(step, total)


@contextlib.contextmanager
def _locked(file: BinaryIO, path: str | os.PathLike[str]) -> Iterator[None]:
    """Keep others from appending at the same time, where the system can."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputBusyError(f"another process is appending to {os.fspath(path)}") from error
    yield


def _is_prepared(movie: Movie, track: NNRTrack) -> bool:
    """Whether fragments of the track may follow."""
    extended = [trex for mvex in movie.moov.intact(b"mvex") for trex in mvex.intact(b"trex")]
    return any(trex.integer("track_ID") == track.track_id for trex in extended)


def _prepared(movie: Movie, track: NNRTrack) -> list[Piece]:
    """The file with a `moov` that says that fragments may follow."""
    check_editable(movie)
    moov = movie.moov
    offsets = MovableOffsets(moov)
    known = {
        trex.integer("track_ID") for mvex in moov.intact(b"mvex") for trex in mvex.intact(b"trex")
    }
    missing = [one.track_id for one in movie.all_tracks if one.track_id not in known]
    mvex = moov.find(b"mvex")
    if mvex is None:
        moov.append({"type": b"mvex", "children": [*map(track_extends, missing)]})
    else:
        for number in missing:
            mvex.append(track_extends(number))
    count = sum(track.sample_table.need(b"stts").integers("entries", "sample_count"))
    if count and not track.samples.groups:
        for box in group_boxes(count, {}, in_fragment=False):
            track.sample_table.append(box)
    sections = Sections(movie)
    for header in movie.boxes:
        if header.type == b"moov":
            sections.add(MovieBox(moov, offsets))
        else:
            sections.keep(header)
    return lay_out(sections.all)


# --- the round --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Writing:
    """The file that is changed, its path if others can see it, and how."""

    file: BinaryIO
    path: str | os.PathLike[str] | None
    verify: bool
    progress: Progress | None


def _append(
    writing: _Writing, movie: Movie, track: NNRTrack, index: BitstreamIndex, time: int
) -> tuple[int, int]:
    """Append the round; return its number, and the bytes that it has."""
    for _ in track.spans():
        pass  # or the file is damaged: nothing must follow what cannot be restored
    description = movie.defaults[track.track_id].sample_description_index
    if track.configurations[description - 1 : description] in ([], [None]):
        raise SampleDescriptionError(
            f"a round would use sample description {description}, which is no nnr1"
        )
    number = len(track.rounds) + 1 if len(track.samples) else 1
    first, rest = _round(movie, track, index, time)
    pieces = [first[HEADER_SIZE:], *rest]
    written = HEADER_SIZE + sum(map(piece_size, pieces))
    _begin(writing.progress, "appending", written)
    with changed_file(writing.file) as changed:
        _check_same(writing, movie.source.size)
        drop_special_bits(writing.file.fileno())
        _write(writing, changed, movie.boxes[-1], pieces)
        _forget_ends(changed, movie)
        if track.all_grouped:
            _announce_groups(changed, track)
        _check_same(writing, changed.size + written)
        os.pwrite(writing.file.fileno(), first[:HEADER_SIZE], changed.size)
        os.fsync(writing.file.fileno())
    return number, written


def _check_same(writing: _Writing, size: int) -> None:
    """Check that nobody else changes the file, or puts another one in its place."""
    found = os.fstat(writing.file.fileno())
    other = writing.path is not None and not os.path.samestat(found, Path(writing.path).stat())
    if other or found.st_size != size:
        raise OutputBusyError("another process has changed the file meanwhile")


def _write(writing: _Writing, changed: ChangedFile, last: BoxHeader, pieces: list[Piece]) -> None:
    """Write what follows the header of the first box, as free space."""
    file, end = changed.file, changed.size
    if last.size_form == TO_END:
        if last.size > MAX_32:
            raise TooLargeError("the last box has no size, and is too large for one", offset=end)
        changed.change(last.offset, last.size.to_bytes(4))
    descriptor = file.fileno()
    os.ftruncate(descriptor, end + HEADER_SIZE)
    os.pwrite(descriptor, encode_header(b"free", 0, TO_END), end)
    file.seek(end + HEADER_SIZE)
    write_pieces(pieces, file, progress=writing.progress)
    os.fsync(descriptor)
    if writing.verify:
        check_written(pieces, file, start=end + HEADER_SIZE)


def _round(
    movie: Movie, track: NNRTrack, index: BitstreamIndex, time: int
) -> tuple[bytes, list[Piece]]:
    """The fragments of the round: the first `moof`, and all that follows."""
    waiting = {
        position: b"".join(unit for _, unit in units)
        for position, units in groupby(index.configuration, key=itemgetter(0))
    }
    last_units = waiting.pop(len(index.sizes), b"")
    decode_time = _end(movie, track)
    if decode_time + len(index.sizes) > _LAST_TIME:
        raise TooLargeError("the round would be decoded after the last tick of 64 bits")
    headers: list[bytes] = []
    pieces: list[Piece] = []
    plan = list(plan_fragments(index, FragmentSize(size=_LARGEST))) or [(0, 0)]
    used = [fragment.sequence_number for fragment in movie.fragments]
    sequence = first_sequence_number(used, len(plan))
    for first, last in plan:
        carried = last_units if last == len(index.sizes) else b""
        sizes = [*index.sizes[first:last], *([len(carried)] if carried else [])]
        if sum(sizes) > MAX_FRAGMENT_SIZE:
            raise TooLargeError("the units behind the last NDU do not fit a fragment")
        independent = index.independent(first, last)
        samples = FragmentSamples(
            decode_time + first,
            sizes,
            independent and independent + bytes([1] * bool(carried)),
            {at - first: units for at, units in waiting.items() if first <= at < last},
            bool(carried),
            None if first else time,
            allow_base_is_moof(movie.brands),
        )
        headers.append(fragment_header(sequence, track.track_id, samples))
        if first:
            pieces.append(headers[-1])
        pieces.extend(index.ranges(first, last))
        pieces.append(carried)
        sequence += 1
    return headers[0], pieces


def _end(movie: Movie, track: NNRTrack) -> int:
    """When the next sample of the track is decoded, in ticks."""
    stts = track.sample_table.need(b"stts")
    counts, deltas = (stts.integers("entries", name) for name in ("sample_count", "sample_delta"))
    end = sum(count * delta for count, delta in zip(counts, deltas, strict=True))
    for fragment in movie.fragments:
        for part in fragment.tracks:
            if part.track_id == track.track_id and part.timing is not None:
                start = part.timing.decode_time
                end = max(end, (end if start is None else start) + part.timing.duration)
    return end


def _forget_ends(changed: ChangedFile, movie: Movie) -> None:
    """Make `free` what would be wrong with a further round: `mfra`, `sidx` and `mehd`."""
    ours = {track.track_id for track in movie.tracks}
    wrong = [
        header
        for header in movie.boxes
        if header.type == b"mfra"
        or (header.type == b"sidx" and movie.parse(header).integer("reference_ID") in ours)
    ]
    for mvex in movie.moov.children(b"mvex"):
        wrong += [mehd.header for mehd in mvex.children(b"mehd")]
    for header in wrong:
        changed.change(header.offset + 4, b"free")


def _announce_groups(changed: ChangedFile, track: NNRTrack) -> None:
    """Say in `nnrC` that units travel in sample groups: whoever loses these is found out."""
    for entry in track.sample_entries:
        for box in entry.children(CONFIGURATION_BOX) if entry.type == NNR_SAMPLE_ENTRY else ():
            flags = box.integer_or("flags", UNITS_IN_GROUPS)
            if not flags & UNITS_IN_GROUPS:
                low = flags & 0xFF | UNITS_IN_GROUPS
                changed.change(box.header.body_offset + 3, bytes([low]))
