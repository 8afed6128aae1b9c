"""Everything that a report shows of a file, as plain data of bounded size."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...boxes.header import BoxHeader, show_code
from ...boxes.outline import Outline, Outliner
from ...boxes.text import is_known
from ...errors import EmptyBitstreamError, NNRError
from ...escape import one_line, printable
from ...io.progress import Progress, StepProgress
from ...io.ranges import ByteRange, read_exactly
from ...io.source import FilesLike, in_its_file
from ...movie.movie import Movie
from ...movie.nnr_track import NNRTrack
from ..inspect import FileInfo
from .blocks import (
    FREE,
    MOST_BLOCKS,
    Band,
    Block,
    band,
    kind_of_box,
    together,
    with_gaps,
)
from .networks import MOST_BARS, MOST_ROWS, NetworkReport, network_report
from .timing import Lane, kind_of_track, lanes, title_of_track

FIRST_BOXES = 40
"""Top-level boxes whose fields are shown; of more, these and the last ones."""

LAST_BOXES = 4
LARGEST_BOX = 256 << 20
"""Bytes of the largest box that is read."""

MOST_NETWORKS = 20
"""Networks that are described; of more, the first."""

MOST_LANES = 40
"""Tracks that are shown in time; of more, the first."""

MOST_PROBLEMS = 20
"""Problems that are told; of more, the first."""

SHOWN_UNKNOWN = 4096
ROWS = 8


@dataclass(frozen=True, slots=True)
class Report:
    """What a report shows.

    Attributes:
        name: of the file.
        format: ``"nnr"`` or ``"mp4"``.
        size: in bytes.
        brands: of `ftyp`, in one line.
        bands: pictures of the bytes: the whole file, then parts of it, magnified.
        boxes: the top-level boxes, with what is in them.
        boxes_left_out: how many top-level boxes are not among `boxes`, before the last ones.
        networks: one for each of the first `MOST_NETWORKS` NNR tracks, or the bitstream.
        networks_left_out: how many more NNR tracks there are.
        lanes: the first `MOST_LANES` tracks of a movie in time.
        lanes_left_out: how many tracks come behind these.
        problems: what could not be read, and why: the first `MOST_PROBLEMS`.
    """

    name: str
    format: str
    size: int
    brands: str
    bands: tuple[Band, ...]
    boxes: tuple[Outline, ...]
    boxes_left_out: int
    networks: tuple[NetworkReport, ...]
    networks_left_out: int
    lanes: tuple[Lane, ...]
    lanes_left_out: int
    problems: tuple[str, ...]


def collect(
    source: FilesLike,
    name: str,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Read what a report shows.

    What is broken is told in `Report.problems`, beside what could be read.

    Args:
        source: an NNR bitstream or MP4 file; or several, an initialization segment and its media
            segments, which are shown as one file.
        name: what it is called.
        limit: as of `open`.
        progress: called with the bytes of units that have been read since the last call.

    Raises:
        EmptyBitstreamError: there are no bytes.
        NNRError: it is neither, or no track can be found.
        OSError: it cannot be read.
    """
    with in_its_file(source), FileInfo(source, limit=limit) as file:
        if not file.size:
            raise EmptyBitstreamError("the file is empty", offset=0)
        return _Collector(file, progress).report(name)


class _Collector:
    """Reads one file; notes what fails."""

    def __init__(self, file: FileInfo, progress: Progress | None) -> None:
        self._file = file
        self._progress = progress
        self._problems: dict[str, None] = {}  # in their order
        self._more_problems = 0

    def report(self, name: str) -> Report:
        file, movie = self._file, self._file.movie
        shown = file.tracks[:MOST_NETWORKS] if movie is not None else [None]
        rows = max(MOST_ROWS // max(len(shown), 1), MOST_BARS)
        self._begin(shown)
        networks = [found for track in shown if (found := self._network(track, rows)) is not None]
        outlines: list[Outline] = []
        left_out = 0
        if movie is not None:
            outlines, left_out = self._outlines(movie)
            bands = self._movie_bands(movie, outlines, networks)
        else:
            bands = [self._bitstream_band(networks)]
        return Report(
            name=printable(name),
            format=file.format,
            size=file.size,
            brands=_brands(outlines),
            bands=tuple(bands),
            boxes=tuple(outlines),
            boxes_left_out=left_out,
            networks=tuple(networks),
            networks_left_out=max(len(file.tracks) - MOST_NETWORKS, 0),
            lanes=self._lanes(movie) if movie is not None else (),
            lanes_left_out=max(len(movie.all_tracks) - MOST_LANES, 0) if movie is not None else 0,
            problems=tuple(self._told()),
        )

    def _begin(self, networks: Sequence[NNRTrack | None]) -> None:
        """Say how many bytes the units of the networks have."""
        if isinstance(self._progress, StepProgress):
            size = 0
            for track in networks:
                with suppress(NNRError):  # which is told where it is read
                    size += self._file.size if track is None else sum(track.samples.sizes)
            self._progress.begin("reading", size)

    def _note(self, error: Exception) -> None:
        if len(self._problems) < MOST_PROBLEMS:
            self._problems[one_line(str(error))[:500]] = None
        else:
            self._more_problems += 1

    def _told(self) -> Iterator[str]:
        yield from self._problems
        if self._more_problems:
            yield f"and {self._more_problems:,} more like these"

    def _network(self, track: NNRTrack | None, rows: int) -> NetworkReport | None:
        try:
            return network_report(self._file, track, rows, self._progress)
        except NNRError as error:
            if track is None and not error.unit_index:
                raise  # it does not begin with a unit: it is no bitstream at all
            self._note(error)
            return None

    # --- boxes

    def _outlines(self, movie: Movie) -> tuple[list[Outline], int]:
        headers = movie.boxes
        left_out = max(0, len(headers) - FIRST_BOXES - LAST_BOXES)
        if left_out:
            headers = [*headers[:FIRST_BOXES], *headers[-LAST_BOXES:]]
        outliner = Outliner()
        return [self._outline(movie, header, outliner) for header in headers], left_out

    def _outline(self, movie: Movie, header: BoxHeader, outliner: Outliner) -> Outline:
        name = printable(show_code(header.type))
        plain = Outline(name, header.offset, header.size)
        largest = LARGEST_BOX if is_known(header.type) and name not in FREE else SHOWN_UNKNOWN
        if kind_of_box(name) == "media" or header.size > largest:
            return plain
        try:
            return outliner.box(read_exactly(movie.source, *header.range), header.offset)
        except NNRError as error:
            self._note(error)
            return plain

    # --- pictures

    def _movie_bands(
        self, movie: Movie, outlines: list[Outline], networks: list[NetworkReport]
    ) -> list[Band]:
        inside = sorted(self._samples(movie, networks), key=lambda block: block.offset)
        starts = [block.offset for block in inside]
        many = len(movie.boxes) > MOST_BLOCKS
        top = []
        for header in movie.boxes:
            name = printable(show_code(header.type))
            kind = kind_of_box(name)
            children: tuple[Block, ...] = ()
            if kind == "media" and not many:
                within = inside[
                    bisect_left(starts, header.offset) : bisect_left(starts, header.end)
                ]
                children = tuple(
                    with_gaps(together(within), header.body_offset, header.end) if inside else ()
                )
            top.append(Block(kind, name, f"box {name}", header.offset, header.size, children))
        size = self._file.size
        below = together(inside) if many else ()
        bands = [band("The whole file", together(top), 0, size, size, 2, below)]
        shown = [outline for outline in outlines if outline.type in ("moov", "meta")][:1]
        shown += [outline for outline in outlines if outline.type == "moof"][:1]
        for outline in shown:
            block = _block(outline)
            if block is not None:
                title = "The first fragment" if outline.type == "moof" else f"Box {outline.type}"
                bands.append(band(title, [block], block.offset, block.end, size, ROWS))
        return bands

    def _samples(self, movie: Movie, networks: list[NetworkReport]) -> Iterator[Block]:
        """The samples of all tracks: of networks each NDU, of others what lies together."""
        named = {
            net.track_id: {row.sample: row.name for row in net.rows} for net in reversed(networks)
        }
        extents: dict[int, list[ByteRange]] | None = None
        for track in movie.all_tracks:
            try:
                if isinstance(track, NNRTrack):
                    if len(track.samples) <= MOST_BLOCKS:
                        yield from self._ndus(track, named.get(track.track_id, {}))
                    else:
                        yield from self._sample_ranges(track)
                    continue
                if extents is None:
                    extents = movie.extents()
                title, kind = title_of_track(track), kind_of_track(track, False)
                for place in extents.pop(track.track_id, []):
                    yield Block(kind, f"track {track.track_id}", title, place.offset, place.size)
            except NNRError as error:
                self._note(error)
                extents = {} if extents is None else extents

    def _ndus(self, track: NNRTrack, names: dict[int, str]) -> Iterator[Block]:
        samples = track.samples
        for index in range(len(samples)):
            place = samples.range(index)
            name = names.get(index + 1, f"sample {index + 1}")
            detail = f"sample {index + 1} of track {track.track_id}"
            yield Block("layer", name, detail, place.offset, place.size)

    def _sample_ranges(self, track: NNRTrack) -> Iterator[Block]:
        """Samples that lie together, cut where a block ends."""
        kind, title, samples = kind_of_track(track, True), title_of_track(track), track.samples
        step = math.ceil(len(samples) / MOST_BLOCKS)
        for first in range(0, len(samples), step):
            last = min(first + step, len(samples))
            for place in samples.ranges(first, last):
                label = f"samples {first + 1:,} to {last:,}"
                yield Block(kind, label, f"{label} of {title}", place.offset, place.size)

    def _bitstream_band(self, networks: list[NetworkReport]) -> Band:
        size = self._file.size
        rows = [row for net in networks for row in net.rows]
        blocks = [
            Block("layer", row.name, f"NNR_NDU {row.sample}", row.offset, row.size) for row in rows
        ]
        units = together(with_gaps(together(blocks), 0, size))
        configured = [
            block
            if block.kind != "gap"
            else Block(
                "network", "other units", "units without tensors, or not shown", *_place(block)
            )
            for block in units
        ]
        return band("The whole bitstream", configured, 0, size, size, 1)

    def _lanes(self, movie: Movie) -> tuple[Lane, ...]:
        try:
            sizes = {
                track_id: sum(place.size for place in places)
                for track_id, places in movie.extents().items()
            }
            kinds = {
                track.track_id: kind_of_track(track, isinstance(track, NNRTrack))
                for track in movie.all_tracks[:MOST_LANES]
            }
            return lanes(movie, movie.all_tracks[:MOST_LANES], kinds, sizes)
        except NNRError as error:
            self._note(error)
            return ()


def _place(block: Block) -> tuple[int, int]:
    return block.offset, block.size


def _block(outline: Outline) -> Block | None:
    """A box of the tree as a block, with those in it whose places are known."""
    if outline.offset is None or not outline.size:
        return None
    children = [block for child in outline.children if (block := _block(child)) is not None]
    kind, name = kind_of_box(outline.type), outline.type
    what = "unit" if name.startswith("NNR_") else "box"
    return Block(
        kind, name, f"{what} {name}", outline.offset, outline.size, together(children, MOST_BLOCKS)
    )


def _brands(outlines: list[Outline]) -> str:
    for outline in outlines:
        if outline.type in ("ftyp", "styp"):
            found = dict(outline.fields)
            brands = [found.get("major_brand", ""), found.get("compatible_brands", "")]
            return ", ".join(dict.fromkeys(", ".join(filter(None, brands)).split(", ")))
    return ""
