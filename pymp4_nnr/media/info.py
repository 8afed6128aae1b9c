"""What is in a file: NNR bitstreams and MP4 files described for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..bitstream import Unit, open_sources, split
from ..errors import FileFormatError
from .movie import FilesLike, Movie, NNRTrack, is_mp4


@dataclass(frozen=True)
class UnitInfo:
    """A unit where it lies.

    Attributes:
        unit: its `offset` is its place in the file that was looked at, its `index` its place in
            the bitstream.
        sample: 1-based sample number; None for units of `nnrC` and in a bitstream.
    """

    unit: Unit
    sample: int | None = None

    def record(self) -> dict[str, Any]:
        """The unit for JSON."""
        unit = self.unit
        return {
            "index": unit.index,
            "offset": unit.offset,
            "size": unit.size,
            "nnr_unit_type": unit.type_name,
            "independently_decodable_flag": unit.independently_decodable_flag,
            "partial_data_counter": unit.partial_data_counter,
            "sample": self.sample,
        }


class FileInfo:
    """A file that is looked at: an NNR bitstream, or an MP4 file with its NNR tracks.

    Attributes:
        format: ``"nnr"`` or ``"mp4"``.
        size: in bytes.
        tracks: the NNR tracks of an MP4 file.

    Args:
        source: a path, buffer or binary file object; or several (initialization segment and
            media segments).

    Raises:
        NNRError: the file is neither, or it is broken.
        OSError: it cannot be read.
    """

    def __init__(self, source: FilesLike) -> None:
        parts = open_sources(source)
        movie = Movie(parts) if len(parts) > 1 or is_mp4(parts[0]) else None
        self._movie = movie
        self._source = movie.source if movie else parts[0]
        self.format = "mp4" if self._movie else "nnr"
        self.size = self._source.size
        self.tracks: list[NNRTrack] = self._movie.tracks if self._movie else []

    def __enter__(self) -> FileInfo:
        return self

    def __exit__(self, *_: object) -> None:
        self._source.close()

    def units(self, track: NNRTrack | None = None) -> Iterator[UnitInfo]:
        """The units of the bitstream, or of a track, in the order of the bitstream.

        Raises:
            NNRError: the units cannot be read; the message says where.
        """
        if self.format == "nnr":
            for unit in split(self._source):
                yield UnitInfo(unit)
        elif track is not None:
            for unit, sample in track.units():
                yield UnitInfo(unit, sample)
        else:
            raise FileFormatError("choose a track of the MP4 file")

    def record(self) -> dict[str, Any]:
        """The file for JSON, without units."""
        return {"format": self.format, "size": self.size}


def track_record(track: NNRTrack) -> dict[str, Any]:
    """A track for JSON, without units."""
    return {
        "track_id": track.track_id,
        "name": track.name,
        "sample_entry": track.sample_entry,
        "handler_type": track.handler_type,
        "timescale": track.timescale,
        "duration": track.duration,
        "samples": len(track.samples),
    }
