"""The units and tensors of a file, which is an NNR bitstream or an MP4 file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from ..bitstream.ndu_description import Described
from ..bitstream.ndu_headers import HEAD_SIZE, HeaderReader
from ..bitstream.parsed_unit import ParsedUnit
from ..bitstream.tensor_index import TensorIndex
from ..bitstream.tensor_names import ElementNames
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_parser import UnitParser
from ..bitstream.unit_walk import walk
from ..errors import SampleTypeError, TrackNotChosenError, TrackNotFoundError
from ..io.source import FilesLike, Source, open_sources
from ..movie.items import NNRItem, items
from ..movie.movie import Movie
from ..movie.nnr_track import NNRTrack
from ..movie.probe import is_mp4
from .stored_index import indexed_units


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A unit where it lies, with its syntax elements.

    Attributes:
        unit: its `offset` counts from the start of the file, its `index` is its 0-based place in
            the bitstream.
        parsed: its syntax elements, as far as they can be read; of an NNR_NDU those of the header.
        sample: 1-based number among the NNR_NDUs, which in a track is the sample number; None for
            other units.
        tensors: names of the topology elements in an NNR_NDU, as far as they are known.
    """

    unit: Unit
    parsed: ParsedUnit
    sample: int | None = None
    tensors: tuple[str, ...] = ()


class FileInfo:
    """An open file: an NNR bitstream, or an MP4 file with its NNR tracks.

    Attributes:
        format: ``"nnr"`` or ``"mp4"``.
        size: in bytes.
        source: its bytes; of several files, those of all, one after the other.
        tracks: the NNR tracks of an MP4 file.

    Args:
        source: a path, URL, buffer or binary file object; or several (initialization segment and
            media segments).
        whole, limit: as for `Movie`.

    Raises:
        NNRError: the file is neither, or it is broken.
        OSError: it cannot be read.
    """

    def __init__(self, source: FilesLike, *, whole: bool = False, limit: int | None = None) -> None:
        parts = open_sources(source)
        is_movie = len(parts) > 1 or is_mp4(parts[0])
        self.movie = Movie(parts, image=True, whole=whole, limit=limit) if is_movie else None
        self.source: Source = self.movie.source if self.movie else parts[0]
        self.format = "mp4" if self.movie else "nnr"
        self.size = self.source.size
        self.tracks: list[NNRTrack] = self.movie.tracks if self.movie else []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it was given open."""
        self.source.close()

    @cached_property
    def items(self) -> list[NNRItem]:
        """The NNR items in `meta` boxes of an MP4 or image file.

        In a remote file that has NNR tracks they are not looked for after `moov`.

        Raises:
            SampleTableError: their boxes are broken, or they do not lie in the file.
        """
        if self.movie is None:
            return []
        return items(self.movie, everywhere=not (self.source.is_remote and self.tracks))

    def track(self, track_id: int | None = None) -> NNRTrack | None:
        """The NNR track with this track_ID, or the only one; None in a bitstream.

        Raises:
            TrackError: there is no such track, or several and none is chosen.
        """
        if self.movie is not None:
            return self.movie.track(track_id)
        if track_id is not None:
            raise TrackNotFoundError("an NNR bitstream has no tracks to choose from")
        return None

    def places(self, track: NNRTrack | None = None) -> Iterator[tuple[Unit, int | None]]:
        """Each unit with its sample number, in the order of the bitstream; see `UnitInfo`.

        Raises:
            NNRError: the bytes are not a sequence of units; the message says where.
        """
        if track is not None:
            yield from track.units()
        elif self.movie is None:
            number = 0
            for index, (offset, size, kind, flag, counter) in enumerate(walk(self.source)):
                is_ndu = kind == NNRUnitType.NNR_NDU
                number += is_ndu
                unit = Unit(index, offset, size, kind, flag, counter, self.source)
                yield unit, number if is_ndu else None
        else:
            raise TrackNotChosenError("choose a track of the MP4 file")

    def units(self, track: NNRTrack | None = None) -> Iterator[UnitInfo]:
        """The units of the bitstream, or of a track, in the order of the bitstream.

        Raises:
            NNRError: as `places`.
        """
        parser, names = UnitParser(), ElementNames()
        for unit, sample in self.places(track):
            parsed = parser.parse(unit)
            names.update(parsed)
            yield UnitInfo(unit, parsed, sample, names.of(parsed))

    def unit_types(self, track: NNRTrack | None = None) -> Iterator[int]:
        """The `nnr_unit_type` of each unit; much faster than `places`, which checks the same.

        Raises:
            NNRError: as `places`.
        """
        if track is None and self.movie is None:
            for _, _, unit_type, _, _ in walk(self.source):
                yield unit_type
            return
        if track is None:
            raise TrackNotChosenError("choose a track of the MP4 file")
        for _, _, _, unit_type, _, _ in track.headers():
            yield unit_type

    def tensors(self, track: NNRTrack | None = None) -> TensorIndex:
        """Index the tensors of the bitstream, or of a track.

        Raises:
            NNRError: as `places`; also where the samples of the track are not its NNR_NDUs.
        """
        index = TensorIndex()
        for unit, known in self.tensor_units(track):
            index.add(unit, known)
        return index

    def tensor_units(
        self, track: NNRTrack | None = None, *, stored: bool = True
    ) -> Iterator[tuple[Unit, ParsedUnit | Described]]:
        """Each unit with what an index of tensors needs to know of it.

        Args:
            track: as for `units`.
            stored: use the index that is stored in the file, if there is one that fits.

        Raises:
            NNRError: as `tensors`.
        """
        table = track.tensor_table if track is not None and stored else None
        if track is None or table is None:
            parser, headers = UnitParser(), HeaderReader()
            for unit, sample in self.places(track):
                check_sample(unit, sample, track)
                described = None
                if unit.is_ndu:
                    described = headers.ndu(unit, unit.read(0, HEAD_SIZE))
                else:
                    headers.configuration(unit.nnr_unit_type, unit)
                yield unit, parser.parse(unit) if described is None else described
            return
        for unit, sample, known in indexed_units(track, table):
            check_sample(unit, sample, track)
            yield unit, known


def check_sample(unit: Unit, sample: int | None, track: NNRTrack | None) -> None:
    """Check that a unit of a track is a sample if, and only if, it is an NNR_NDU.

    Raises:
        SampleTableError: it is a sample and not an NNR_NDU, or the other way round.
    """
    if track is not None and unit.is_ndu is (sample is None):
        place = "nnrC holds" if sample is None else f"sample {sample} is"
        raise SampleTypeError(
            f"{place} an {unit.type_name}", unit_index=unit.index, offset=unit.offset
        )
