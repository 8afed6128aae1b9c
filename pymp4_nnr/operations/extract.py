"""`extract`: write some of the NDUs of a network as a bitstream of their own."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..bitstream.tensor_index import TensorIndex
from ..bitstream.unit import NNRUnitType
from ..bitstream.unit_walk import walk
from ..errors import TensorIndexError, TensorNotFoundError
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress
from ..io.ranges import ByteRange, Piece, SourceRange, merged
from ..io.source import FilesLike
from ..movie.nnr_track import NNRTrack
from .inspect import FileInfo
from .stored_index import IndexedUnit

_FIRST_BYTES = 1 << 10
"""Bytes of an NDU that are at hand when its header is checked: nearly always all of it."""


@dataclass(frozen=True)
class Extracted:
    """What was written.

    Attributes:
        size: bytes.
        ndus: number of NNR_NDU units.
        configurations: number of other units.
        starts: number of NNR_STR units among those. Each begins a part of the bitstream that is
            decoded by itself, after the parts before it.
    """

    size: int
    ndus: int
    configurations: int
    starts: int


def extract(
    source: FilesLike,
    target: TargetLike,
    *,
    tensors: Iterable[str] = (),
    samples: Iterable[int] = (),
    decodable: bool = False,
    track_id: int | None = None,
    overwrite: bool = True,
    sync: bool = False,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Extracted:
    """Write the NDUs of some tensors, in the order of the bitstream.

    Of the other NDUs only the headers are read, as by `tensors`; with samples alone, and without
    `decodable`, not even these.

    Args:
        source: an NNR bitstream or an MP4 file (path, URL, buffer, binary file object), or a list
            of them: an initialization segment and its media segments.
        target: the file to write, which appears only when it is complete; or a binary file object.
        tensors: names of tensors: all NDUs that carry any of them. A block holds several tensors
            and is written as a whole.
        samples: 1-based numbers of samples; in a bitstream, of its NDUs.
        decodable: with the NDUs that are needed to decode these (see `Network.decodable_ranges`),
            and the configuration that applies to them, so that what is written can be decoded.
        track_id: the track of an MP4 file; may be left out where it has one NNR track.
        overwrite: whether a target that exists may be replaced.
        sync: return only when the file, and its name, are on the disk: for a power cut.
        limit: as of `open`.
        progress: called with the number of bytes written since the last call.

    Raises:
        TensorNotFoundError: there is no such tensor or sample, or none is chosen.
        BitstreamError, FileFormatError, SampleTableError: the source is broken.
        TrackError: there is no such NNR track, or several and none is chosen.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    wanted = Wanted(tensors, samples, decodable)
    with FileInfo(source, limit=limit) as file:
        check_target(target, overwrite=overwrite, inputs=[file.source])
        track = file.track(track_id)
        return extract_from(
            file, track, target, wanted, overwrite=overwrite, sync=sync, progress=progress
        )


class Wanted:
    """What is to be extracted; the arguments of `extract`.

    Raises:
        TensorNotFoundError: nothing is.
    """

    def __init__(
        self, tensors: Iterable[str], samples: Iterable[int] = (), decodable: bool = False
    ) -> None:
        self.names = [tensors] if isinstance(tensors, str) else list(tensors)
        self.numbers = set(samples)
        self.decodable = decodable
        if not all(isinstance(number, int) for number in self.numbers):
            raise TensorNotFoundError("sample numbers must be integers")
        if not self.names and not self.numbers:
            raise TensorNotFoundError("no tensor and no sample is chosen")


def extract_from(
    file: FileInfo,
    track: NNRTrack | None,
    target: TargetLike,
    wanted: Wanted,
    *,
    overwrite: bool,
    sync: bool,
    progress: Progress | None,
) -> Extracted:
    """`extract`, from a track of a file that is open, or from a bitstream."""
    check_target(target, overwrite=overwrite, inputs=[file.source])
    pieces, kinds = _found(file, track, wanted, read=True)
    all_pieces: list[Piece] = [*pieces]
    size = write_pieces(
        all_pieces,
        target,
        overwrite=overwrite,
        sync=sync,
        inputs=[file.source],
        progress=progress,
    )
    ndus = kinds.count(NNRUnitType.NNR_NDU)
    return Extracted(size, ndus, len(kinds) - ndus, kinds.count(NNRUnitType.NNR_STR))


def decodable_ranges(file: FileInfo, track: NNRTrack | None, wanted: Wanted) -> list[ByteRange]:
    """Where what `extract` writes lies; see `Network.decodable_ranges`."""
    pieces, _ = _found(file, track, wanted, read=False)
    return [
        ByteRange(piece.offset, piece.size)
        for piece in merged(pieces)
        if not isinstance(piece, bytes)  # they are all ranges of the file
    ]


def _found(
    file: FileInfo, track: NNRTrack | None, wanted: Wanted, *, read: bool
) -> tuple[list[SourceRange], list[int]]:
    """The units to write, and their types.

    Args:
        file, track, wanted: as for `extract_from`.
        read: whether all of their bytes are going to be read.
    """
    if wanted.names or wanted.decodable:
        try:
            return _chosen(_Places(file, track), wanted, read=read)
        except TensorIndexError:  # the samples have the last word
            return _chosen(_Places(file, track, stored=False), wanted, read=read)
    pieces = list(_samples(file, track, wanted.numbers))
    return pieces, [int(NNRUnitType.NNR_NDU)] * len(pieces)


class _Places:
    """Where every unit lies, and the index of the tensors."""

    def __init__(self, file: FileInfo, track: NNRTrack | None, *, stored: bool = True) -> None:
        self.index = TensorIndex()
        self.source = file.source
        self.offsets, self.sizes, self.types = array("Q"), array("I"), array("B")
        for unit, known in file.tensor_units(track, stored=stored):
            self.index.add(unit, known)
            self.offsets.append(unit.offset)
            self.sizes.append(unit.size)
            self.types.append(unit.nnr_unit_type)


def _chosen(places: _Places, wanted: Wanted, *, read: bool) -> tuple[list[SourceRange], list[int]]:
    """The units to write, and their types; see `_found`.

    Raises:
        TensorIndexError: one of them is not what the index in the file says.
    """
    parts = places.index.find(tensors=wanted.names, samples=wanted.numbers)
    units = [part.unit_index for part in parts]
    if wanted.decodable:
        units = places.index.decodable(parts)
    needed = set(units)
    indexed = [
        part.unit
        for part in places.index.parts
        if part.unit_index in needed and isinstance(part.unit, IndexedUnit)
    ]
    source = places.source
    if read and indexed:  # so that what is checked and then written is asked for once
        source = source.fetched([(places.offsets[i], places.sizes[i]) for i in units])
    else:
        source.prefetch([(unit.offset, min(unit.size, _FIRST_BYTES)) for unit in indexed])
    for unit in indexed:
        unit.check(source.read(unit.offset, min(unit.size, _FIRST_BYTES)))
    ranges = [SourceRange(source, places.offsets[i], places.sizes[i]) for i in units]
    return ranges, [places.types[i] for i in units]


def _samples(file: FileInfo, track: NNRTrack | None, numbers: set[int]) -> Iterator[SourceRange]:
    """The samples with these numbers, found without reading any."""
    offsets, sizes = array("Q"), array("I")
    if track is not None:
        offsets, sizes = track.samples.offsets, track.samples.sizes
    else:
        for offset, size, unit_type, _, _ in walk(file.source):
            if unit_type == NNRUnitType.NNR_NDU:
                offsets.append(offset)
                sizes.append(size)
    for number in sorted(numbers):
        if not 1 <= number <= len(offsets):
            raise TensorNotFoundError(f"no sample {number}: there are {len(offsets)}")
        yield SourceRange(file.source, offsets[number - 1], sizes[number - 1])
