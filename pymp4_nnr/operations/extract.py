"""`extract`: write some of the NDUs of a network as a bitstream of their own."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..bitstream.indexed_unit import IndexedUnit
from ..bitstream.tensor_index import TensorIndex
from ..bitstream.unit import NNRUnitType
from ..bitstream.unit_walk import walk
from ..errors import TensorIndexError, TensorNotFoundError
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress
from ..io.ranges import ByteRange, Piece, SourceRange, merged
from ..io.source import FilesLike, in_its_file
from ..movie.nnr_track import NNRTrack
from .inspect import FileInfo

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
    `decodable`, not even these. A sample that is not as long as its own header says is not written.

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
    with in_its_file(source), FileInfo(source, limit=limit) as file:
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
    size = write_pieces(
        pieces,
        target,
        overwrite=overwrite,
        sync=sync,
        inputs=[file.source],
        progress=progress,
    )
    ndus = kinds[NNRUnitType.NNR_NDU]
    return Extracted(size, ndus, kinds.total() - ndus, kinds[NNRUnitType.NNR_STR])


def decodable_ranges(file: FileInfo, track: NNRTrack | None, wanted: Wanted) -> list[ByteRange]:
    """Where what `extract` writes lies; see `Network.decodable_ranges`."""
    pieces, _ = _found(file, track, wanted, read=False)
    return [
        ByteRange(piece.offset, piece.size)
        for piece in pieces
        if not isinstance(piece, bytes)  # they are all ranges of the file
    ]


class _Found(NamedTuple):
    """The units to write: neighbours in one piece, and how many there are of each type."""

    pieces: list[Piece]
    kinds: Counter[int]


def _found(file: FileInfo, track: NNRTrack | None, wanted: Wanted, *, read: bool) -> _Found:
    """The units to write.

    Args:
        file, track, wanted: as for `extract_from`.
        read: whether all of their bytes are going to be read.
    """
    if wanted.names or wanted.decodable:
        try:
            return _chosen(file, track, wanted, read=read)
        except TensorIndexError:  # the samples have the last word
            return _chosen(file, track, wanted, read=read, stored=False)
    pieces = list(merged(_samples(file, track, wanted.numbers)))
    return _Found(pieces, Counter({int(NNRUnitType.NNR_NDU): len(wanted.numbers)}))


def _chosen(
    file: FileInfo, track: NNRTrack | None, wanted: Wanted, *, read: bool, stored: bool = True
) -> _Found:
    """The units to write; see `_found`.

    Raises:
        TensorIndexError: one of them is not what the index in the file says.
    """
    index = TensorIndex()
    for unit, known in file.tensor_units(track, stored=stored):
        index.add(unit, known)
    parts = index.find(tensors=wanted.names, samples=wanted.numbers)
    chosen: Sequence[int] = array("Q", (part.unit_index for part in parts))
    if wanted.decodable:
        chosen = index.decodable(parts)

    def indexed() -> Iterator[IndexedUnit]:
        return (unit for unit in map(index.unit, chosen) if isinstance(unit, IndexedUnit))

    source, units = file.source, index.units
    if source.is_remote:
        if read and any(indexed()):  # so that what is checked and then written is asked for once
            source = source.fetched([(units.offsets[i], units.sizes[i]) for i in chosen])
        else:
            source.prefetch([(unit.offset, min(unit.size, _FIRST_BYTES)) for unit in indexed()])
    for one in indexed():
        one.check(source.read(one.offset, min(one.size, _FIRST_BYTES)))
    ranges = (SourceRange(source, units.offsets[i], units.sizes[i]) for i in chosen)
    return _Found(list(merged(ranges)), Counter(map(units.type, chosen)))


def _samples(file: FileInfo, track: NNRTrack | None, numbers: set[int]) -> Iterable[Piece]:
    """The samples with these numbers; the others are not read."""
    if track is not None:
        return track.checked_samples(_indices(numbers, len(track.samples)))
    offsets, sizes = array("Q"), array("I")
    for offset, size, unit_type, _, _ in walk(file.source):
        if unit_type == NNRUnitType.NNR_NDU:
            offsets.append(offset)
            sizes.append(size)
    indices = _indices(numbers, len(offsets))
    return (SourceRange(file.source, offsets[index], sizes[index]) for index in indices)


def _indices(numbers: set[int], count: int) -> list[int]:
    """The indices of samples with these numbers, of so many that there are."""
    indices = [number - 1 for number in sorted(numbers)]
    for index in indices:
        if not 0 <= index < count:
            raise TensorNotFoundError(f"no sample {index + 1}: there are {count}")
    return indices
