"""Reading: MP4 files and their NNR tracks, however another muxer has laid them out."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from ..bitstream import Unit, walk
from ..bitstream.splitter import MAX_HEADER_SIZE, plain_header
from ..boxes import BOX
from ..boxes.header import BoxHeader, walk_boxes
from ..errors import BitstreamError, BoxError, FileFormatError, SampleTableError, TrackError
from ..io.ranges import Piece, SourceRange, read_exactly
from ..io.source import FilesLike, JoinedSource, Source, open_sources
from .sample_table import (
    BareSamples,
    Extents,
    Run,
    Samples,
    child,
    children,
    data_entries,
    fragment_runs,
    intact,
    is_self_contained,
    table_samples,
)

NNR_SAMPLE_ENTRY = b"nnr1"
CONFIGURATION_BOX = b"nnrC"

EMPTY_MOVIE = {
    "type": b"moov",
    "children": [{"type": b"mvhd", "timescale": 1000, "duration": 0, "next_track_ID": 1}],
}


@dataclass(frozen=True)
class ConfigurationUnit:
    """A unit of `nnrC`.

    Attributes:
        position: `sample_position`: samples of its configuration that come before it.
        offset: byte offset of the unit in the file.
        data: its bytes.
    """

    position: int
    offset: int
    data: bytes


class NNRTrack:
    """A track whose samples are NNR_NDUs (sample entry `nnr1`).

    Attributes:
        track_id: `track_ID`, at least 1.
        handler_type: of `hdlr`, four characters.
        name: of `hdlr`.
        timescale: of `mdhd`, ticks per second.
        duration: of `mdhd`, in ticks.
    """

    def __init__(self, movie: Movie, trak: Any, path: str) -> None:
        self._movie = movie
        self.trak = trak
        self._path = path
        mdia = child(trak, b"mdia", path)
        mdhd = child(mdia, b"mdhd", f"{path}/mdia")
        hdlr = child(mdia, b"hdlr", f"{path}/mdia")
        self.track_id: int = child(trak, b"tkhd", path).track_ID
        self.handler_type = hdlr.handler_type.decode("latin-1")
        self.name = handler_name(hdlr)
        self.timescale: int = mdhd.timescale
        self.duration: int = mdhd.duration
        self.sample_entry = NNR_SAMPLE_ENTRY.decode()

    @cached_property
    def samples(self) -> Samples:
        """Where the samples lie: those of `stbl`, then those of the fragments.

        Raises:
            SampleTableError: tables or fragments are broken, or point outside the file.
            TrackError: the samples lie in another file.
        """
        return self._movie.samples(self.trak, self._path)

    @cached_property
    def configurations(self) -> list[list[ConfigurationUnit] | None]:
        """The units of `nnrC` of each sample entry; None for entries that are not `nnr1`.

        Raises:
            TrackError: an `nnr1` has no `nnrC`, or one that cannot be read.
        """
        path = f"{self._path}/mdia/minf/stbl/stsd"
        stsd = _stsd(self.trak)
        return [
            _configuration(entry, f"{path}/nnr1") if entry["format"] == NNR_SAMPLE_ENTRY else None
            for entry in stsd.entries
        ]

    def _runs(self) -> Iterator[tuple[int, list[ConfigurationUnit]]]:
        """Yield (number of samples, configuration) for runs that share a sample entry."""
        for count, index in self.samples.descriptions:
            found = (
                self.configurations[index - 1] if 0 < index <= len(self.configurations) else None
            )
            if found is None:
                raise SampleTableError(
                    f"{count} sample(s) of track {self.track_id} use sample description {index}, "
                    "which is no nnr1"
                )
            yield count, found
        if not len(self.samples):
            yield from [(0, units) for units in self.configurations if units is not None][:1]

    def order(self) -> Iterator[int | ConfigurationUnit]:
        """Yield the bitstream: 0-based indices of samples, and the units that come between.

        Raises:
            SampleTableError, TrackError: as `spans`.
        """
        for item in self.spans():
            if isinstance(item, range):
                yield from item
            else:
                yield item

    def spans(self) -> Iterator[range | ConfigurationUnit]:
        """Yield the bitstream: ranges of 0-based sample indices, and the units between them.

        Units with `sample_position` p come right before sample p of those that use their
        configuration, those with the number of these samples come last. Sample entries with the
        same units are one configuration.

        Raises:
            SampleTableError, TrackError: as `samples` and `configurations`.
        """
        runs = [
            (count, tuple((unit.position, unit.data) for unit in units), units)
            for count, units in self._runs()
        ]
        left: Counter[Any] = Counter()
        for count, key, _ in runs:
            left[key] += count
        waiting = {key: deque(units) for _, key, units in reversed(runs)}
        used: Counter[Any] = Counter()
        index = 0
        for count, key, _ in runs:
            units, first, start = waiting[key], used[key], index
            used[key] += count
            left[key] -= count
            # A unit right behind the run belongs to it only if no later run can take it.
            end = used[key] + (not left[key])
            while units and units[0].position < end:
                unit = units.popleft()
                here = start + unit.position - first
                if here > index:
                    yield range(index, here)
                    index = here
                yield unit
            if start + count > index:
                yield range(index, start + count)
                index = start + count
            if units and not left[key]:
                raise TrackError(
                    f"a unit of nnrC has sample_position {units[0].position}, "
                    f"there are {used[key]} samples",
                    offset=units[0].offset,
                )

    def pieces(self) -> Iterator[Piece]:
        """The restored bitstream: units as bytes, samples as ranges of the file.

        Raises:
            SampleTableError, TrackError: as `samples` and `configurations`.
        """
        for item in self.spans():
            if isinstance(item, range):
                for offset, size in self.samples.ranges(item.start, item.stop):
                    yield SourceRange(self._movie.source, offset, size)
            else:
                yield item.data

    def units(self) -> Iterator[tuple[Unit, int | None]]:
        """Yield (unit, 1-based sample number or None) in the order of the bitstream.

        A unit's `offset` is its place in the file, its `index` its place in the bitstream. Of a
        sample only the header is read.

        Raises:
            SampleTableError: a sample is not one NNR unit.
        """
        source = self._movie.source
        for index, (sample, offset, size, kind, flag, counter) in enumerate(self.headers()):
            yield Unit(index, offset, size, kind, flag, counter, source), sample

    def headers(self) -> Iterator[tuple[int | None, int, int, int, int, int | None]]:
        """The same as plain tuples, for a million units.

        Yields:
            1-based sample number or None, offset in the file, size, nnr_unit_type,
            independently_decodable_flag, partial_data_counter.

        Raises:
            SampleTableError: as `units`.
        """
        source, offsets, sizes = self._movie.source, self.samples.offsets, self.samples.sizes
        index = 0
        for item in self.spans():
            if isinstance(item, ConfigurationUnit):
                size, kind, flag, counter = plain_header(item.data, 0, index, item.offset)
                yield None, item.offset, size, kind, flag, counter
                index += 1
                continue
            for sample in item:
                offset, size = offsets[sample], sizes[sample]
                head = read_exactly(source, offset, min(size, MAX_HEADER_SIZE))
                source.passed(offset)
                nnr_unit_size, kind, flag, counter = plain_header(head, 0, index, offset)
                if nnr_unit_size != size:
                    raise SampleTableError(
                        f"nnr_unit_size is {nnr_unit_size}, its sample has {size} bytes",
                        unit_index=index,
                        offset=offset,
                    )
                yield sample + 1, offset, size, kind, flag, counter
                index += 1


class Movie:
    """An MP4 file that is open for reading; only box headers, `moov` and `moof`s are read.

    Args:
        files: a path, buffer or binary file object; or several, an initialization segment and
            media segments in their order.
        image: an image file is welcome too: it has a `meta` box and no `moov`, and is taken for
            a movie without tracks.

    Raises:
        FileFormatError: there is no `moov`, or the boxes are broken.
        OSError: a file cannot be read.
    """

    def __init__(self, files: FilesLike, *, image: bool = False) -> None:
        parts = open_sources(files)
        joined = isinstance(files, (list, tuple)) and len(parts) > 1
        self.source: Source = JoinedSource(parts) if joined else parts[0]
        try:
            self.places = [
                place._replace(offset=place.offset + start)
                for start, part in zip(self._starts(), parts, strict=True)
                for place in _places(part)
            ]
            self.moov = self._moov(image=image)
        except BaseException:
            self.source.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()

    def _starts(self) -> list[int]:
        return self.source.starts if isinstance(self.source, JoinedSource) else [0]

    def file_start(self, offset: int) -> int:
        """Where the file that holds an offset starts."""
        return max(start for start in self._starts() if start <= offset)

    def _moov(self, *, image: bool) -> Any:
        movies = [place for place in self.places if place.type == b"moov"]
        if len(movies) > 1:
            raise FileFormatError("there is a second moov box", offset=movies[1].offset)
        if movies:
            return self.parse(movies[0])
        kinds = {place.type for place in self.places}
        if image and b"meta" in kinds and b"moof" not in kinds:
            return BOX.parse(BOX.build(EMPTY_MOVIE))
        raise FileFormatError("there is no moov box: this is not an MP4 file")

    def parse(self, place: BoxHeader) -> Any:
        """Parse one top-level box, whole."""
        try:
            return parse_at(self.source, place)
        except BoxError as error:
            raise FileFormatError(
                error.reason, box_path=error.box_path, offset=error.offset
            ) from error

    def fragments(self) -> Iterator[Any]:
        """The parsed `moof` boxes, in order."""
        for place in self.places:
            if place.type == b"moof":
                yield self.parse(place)

    def samples(self, trak: Any, path: str) -> Samples:
        """Where the samples of any track lie: those of `stbl`, then those of the fragments.

        Args:
            trak: the parsed box.
            path: its path, for errors.

        Raises:
            SampleTableError: tables or fragments are broken, or point outside the file.
            TrackError: the samples lie in another file.
        """
        size = self.source.size
        samples = Samples()
        self._read_tables(trak, path, samples)
        track_id = child(trak, b"tkhd", "trak").track_ID
        for run in self._all_runs():
            if run.track_id == track_id:
                samples.add(run.start, run.sizes, run.description)
        if any(offset + count > size for offset, count in samples.ranges(0, len(samples))):
            raise _outside(samples, track_id, size)
        return samples

    def extents(self) -> dict[int, Extents]:
        """The bytes of the samples of every track, by track_ID.

        Raises:
            SampleTableError, TrackError: as `samples`.
        """
        found: dict[int, BareSamples] = {}
        for index, trak in enumerate(children(self.moov, b"trak")):
            path = f"moov/trak[{index}]"
            samples = found[child(trak, b"tkhd", path).track_ID] = BareSamples()
            self._read_tables(trak, path, samples)
        for run in self._all_runs():
            if run.track_id in found:
                found[run.track_id].add(run.start, run.sizes, run.description)
        for track_id, samples in found.items():
            for offset, size in samples.extents:
                if offset + size > self.source.size:
                    raise SampleTableError(
                        f"samples of track {track_id} end at {offset + size}, "
                        f"the file at {self.source.size}",
                        offset=offset,
                    )
        return {track_id: samples.extents for track_id, samples in found.items()}

    def _read_tables(self, trak: Any, path: str, samples: Samples) -> None:
        if not all(map(is_self_contained, data_entries(trak))):
            raise TrackError(
                "the samples do not lie at offsets of this file",
                box_path=f"{path}/mdia/minf/dinf/dref",
            )
        stbl = trak
        for code in (b"mdia", b"minf", b"stbl"):
            stbl = child(stbl, code, path)
            path = f"{path}/{code.decode()}"
        table_samples(stbl, path, self.source.size, samples)

    def runs(self, moof: Any) -> Iterator[Run]:
        """What a movie fragment holds, of all tracks.

        Raises:
            SampleTableError: it is broken.
        """
        start = self.file_start(moof.offset)
        return fragment_runs(moof, self.track_extends, start, self.source.size)

    def _all_runs(self) -> Iterator[Run]:
        for moof in self.fragments():
            yield from self.runs(moof)

    @cached_property
    def track_extends(self) -> dict[int, Any]:
        """`trex` boxes by track_ID."""
        mvex = child(self.moov, b"mvex", "moov", needed=False)
        return {trex.track_ID: trex for trex in intact(mvex, b"trex", "moov/mvex")} if mvex else {}

    @cached_property
    def tracks(self) -> list[NNRTrack]:
        """The NNR tracks, in the order of the file."""
        found = []
        for index, trak in enumerate(children(self.moov, b"trak")):
            stsd = _stsd(trak)
            entries = stsd.get("entries", ()) if stsd is not None else ()
            if any(entry.get("format") == NNR_SAMPLE_ENTRY for entry in entries):
                found.append(NNRTrack(self, trak, f"moov/trak[{index}]"))
        return found

    def track(self, track_id: int | None = None) -> NNRTrack:
        """The NNR track with this track_ID; without one, the only NNR track.

        Raises:
            TrackError: there is none, or several and none is chosen; the message lists them.
        """
        listed = ", ".join(f"{track.track_id} ({track.name})" for track in self.tracks)
        if not self.tracks:
            raise TrackError("the file has no NNR track (sample entry nnr1)")
        if track_id is not None:
            for track in self.tracks:
                if track.track_id == track_id:
                    return track
            raise TrackError(f"track {track_id} is no NNR track; there are: {listed}")
        if len(self.tracks) > 1:
            raise TrackError(f"the file has several NNR tracks, choose one: {listed}")
        return self.tracks[0]


def _places(source: Source) -> Iterator[BoxHeader]:
    try:
        yield from walk_boxes(source)
    except FileFormatError as error:
        letters = source.read(4, 4)
        if error.offset == 0 and not all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in letters):
            raise FileFormatError("this is not an MP4 file", offset=0) from error
        raise


def parse_at(source: Source, place: BoxHeader) -> Any:
    """Parse the box at a place, with offsets of the file.

    Raises:
        BoxError: it is broken.
    """
    from ..boxes.reader import Window

    return BOX.parse_stream(Window(read_exactly(source, place.offset, place.size), place.offset))


_FIRST_BOXES = frozenset(
    b"ftyp styp moov moof mdat free skip wide sidx pnot uuid meta emsg prft".split()
)


def is_mp4(source: Source) -> bool:
    """Whether a file is an ISOBMFF file by its first box, and not an NNR bitstream."""
    head = source.read(0, 8)
    if head[4:] not in _FIRST_BOXES:
        return False
    if head.startswith(b"\0\0"):
        return True  # no unit has size 0
    try:
        return not sum(1 for _ in walk(source))
    except BitstreamError:
        return True


def handler_name(hdlr: Any) -> str:
    """The name in `hdlr` as text: a C string, or QuickTime's counted one."""
    name = hdlr.get("name", "")
    if isinstance(name, bytes):
        if name and name[0] == len(name) - 1:
            name = name[1:]
        return name.rstrip(b"\0").decode("utf-8", "replace")
    return str(name)


def _outside(samples: Samples, track_id: int, file_size: int) -> SampleTableError:
    """The error that names the first sample that does not lie in the file."""
    index, offset, end = next(
        (index, offset, offset + size)
        for index, (offset, size) in enumerate(zip(samples.offsets, samples.sizes, strict=True))
        if offset + size > file_size
    )
    return SampleTableError(
        f"sample {index + 1} of track {track_id} ends at {end}, the file at {file_size}",
        offset=offset,
    )


def _stsd(trak: Any) -> Any:
    box = trak
    for code in (b"mdia", b"minf", b"stbl", b"stsd"):
        box = next(iter(children(box, code)), None)
        if box is None:
            return None
    return box


def _configuration(entry: Any, path: str) -> list[ConfigurationUnit]:
    found = children(entry, CONFIGURATION_BOX)
    if len(found) != 1:
        raise TrackError(f"nnr1 has {len(found)} nnrC boxes instead of one", box_path=path)
    box = found[0]
    if box.get("units") is None:
        reason = box.get("note") or f"version {box.get('version')} is not known"
        raise TrackError(f"nnrC cannot be read: {reason}", box_path=f"{path}/nnrC")
    units: list[ConfigurationUnit] = []
    for index, unit in enumerate(box.units):
        position = unit.get("sample_position") or 0
        if units and position < units[-1].position:
            raise TrackError(
                f"sample_position of unit {index} decreases from {units[-1].position} to "
                f"{position}",
                box_path=f"{path}/nnrC",
                offset=unit.offset,
            )
        units.append(ConfigurationUnit(position, unit.offset, unit.data))
    return units
