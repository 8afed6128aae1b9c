"""An MP4 file that is open for reading, however another muxer has laid it out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from threading import Lock
from typing import Self

from ..bitstream.unit_header import MIN_UNIT_SIZE
from ..boxes.header import BoxHeader
from ..boxes.node import Node, build_box, parse_node
from ..boxes.scan import scan_node
from ..errors import (
    BoxError,
    BrokenFileError,
    NotMP4Error,
    RemoteLimitError,
    SampleOutsideFileError,
    SecondMovieError,
    TrackNotChosenError,
    TrackNotFoundError,
)
from ..escape import few
from ..io.ranges import ByteRange, read_exactly
from ..io.source import FilesLike, JoinedSource, Source, open_sources
from .fragment import Defaults, Fragment, TrackFragment
from .fragment_order import by_track, in_order
from .fragment_reader import FragmentReader, holds_track
from .nnr_track import NNR_SAMPLE_ENTRY, NNRTrack
from .probe import top_level_boxes
from .repeats import SampleComparison, last_is_repeated, repeated_samples, without_repeats
from .sample_table import SampleTable, chunk_samples, extend_ranges, total_size
from .track import Track
from .track_ends import EndsBeside, TrackEnds, media_end
from .unit_groups import descriptions, unit_groups

MOST_REMOTE_BOXES = 200_000
"""Top-level boxes of a remote file that are looked at: one that has no end can be announced."""

MOST_SHARED = 4
"""Times the bytes of the file that the samples of all networks in `stbl` may have together."""

EMPTY_MOVIE = {
    "type": b"moov",
    "children": [{"type": b"mvhd", "timescale": 1000, "duration": 0, "next_track_ID": 1}],
}


class Movie:
    """An MP4 file that is open for reading; only box headers, `moov` and `moof`s are read.

    Each of them is parsed once, or only as far as it is looked at.

    Args:
        files: a path, URL, buffer or binary file object; or several, an initialization segment
            and media segments in their order.
        editable: parse `moov` whole, so that it can be changed and built again.
        image: accept an image file too, which has a `meta` box and no `moov`: it is taken for a
            movie without tracks.
        whole: look at all top-level boxes, of a remote file too: each may take a request.
        fragments: look at movie fragments; else only at the boxes up to `moov`.
        limit: bytes that a network or item may have in any case, however few the file has.

    Attributes:
        source: the bytes of the file; of several files, those of all, one after the other.
        limit: as given, or 0.
        most_bytes: that the samples of a network, or an item, may have.
        known_boxes: headers of the top-level boxes that have been looked at: of a remote file
            those up to `moov`, until others are needed; else all.
        moov: the movie box.

    Raises:
        FileFormatError: there is no `moov`, or the boxes are broken.
        OSError: a file cannot be read.
    """

    def __init__(
        self,
        files: FilesLike,
        *,
        editable: bool = False,
        image: bool = False,
        whole: bool = False,
        fragments: bool = True,
        limit: int | None = None,
    ) -> None:
        self._editable, self._fragments = editable, fragments
        parts = open_sources(files)
        self.source: Source = JoinedSource(parts) if len(parts) > 1 else parts[0]
        self.limit = limit or 0
        self.most_bytes = max(self.source.size, self.limit)
        self._stored: dict[Track, int] = {}  # bytes of the samples in `stbl` of each network
        self._all_stored = 0
        self._counting = Lock()
        try:
            self.known_boxes: list[BoxHeader] = []
            self._walk = self._walk_boxes(parts)
            self._walking = Lock()
            for header in self._walk:
                self.known_boxes.append(header)
                is_enough = not fragments or (self.source.is_remote and not (whole or editable))
                if header.type == b"moov" and is_enough:
                    break
            self.moov = self._read_moov(editable=editable, image=image)
        except BaseException:
            self.source.close()
            raise

    def __repr__(self) -> str:
        return f"<Movie of {self.source.size} bytes, {len(self.tracks)} NNR track(s)>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it was given open."""
        self.source.close()

    def _walk_boxes(self, parts: list[Source]) -> Iterator[BoxHeader]:
        for start, part in zip(self._starts(), parts, strict=True):
            for header in top_level_boxes(part, start):
                if part.is_remote and len(self.known_boxes) >= MOST_REMOTE_BOXES:
                    raise RemoteLimitError(f"there are more than {MOST_REMOTE_BOXES} boxes")
                yield header

    @property
    def boxes(self) -> list[BoxHeader]:
        """Headers of the top-level boxes, in order.

        Raises:
            FileFormatError, OSError: of a remote file, where they are read only now.
        """
        with self._walking:
            self.known_boxes.extend(self._walk)
        return self.known_boxes

    def _starts(self) -> list[int]:
        return self.source.starts if isinstance(self.source, JoinedSource) else [0]

    def _file_start(self, offset: int) -> int:
        """Where the file that holds an offset starts, if several are joined."""
        starts = self._starts()
        return starts[bisect_right(starts, offset) - 1]

    def _read_moov(self, *, editable: bool, image: bool) -> Node:
        found = [header for header in self.known_boxes if header.type == b"moov"]
        if len(found) > 1:
            raise SecondMovieError("there is a second moov box", offset=found[1].offset)
        if found and editable:
            return self.parse(found[0])
        if found:
            return scan_node(read_exactly(self.source, *found[0].range), found[0])
        kinds = {header.type for header in self.known_boxes}
        if image and b"meta" in kinds and b"moof" not in kinds:
            return parse_node(build_box(EMPTY_MOVIE), 0, "moov")
        if not self.source.size:
            raise NotMP4Error("the file is empty", offset=0)
        raise NotMP4Error("there is no moov box: this is not an MP4 file")

    def parse(self, header: BoxHeader) -> Node:
        """Parse one top-level box, whole.

        Raises:
            FileFormatError: it is broken.
            MediaError: the file ends before it does.
        """
        data = read_exactly(self.source, header.offset, header.size)
        try:
            return parse_node(data, header.offset, header.type.decode("latin-1"))
        except BoxError as error:
            raise BrokenFileError(
                error.reason, box_path=error.box_path, offset=error.offset
            ) from error

    @cached_property
    def brands(self) -> frozenset[bytes]:
        """The major and the compatible brands, four bytes each; none where `ftyp` is missing.

        Raises:
            FileFormatError: `ftyp` is broken.
        """
        found: list[bytes] = []
        for header in self.boxes:
            if header.type == b"ftyp":
                ftyp = self.parse(header)
                if ftyp.has("compatible_brands"):
                    found += [ftyp.data("major_brand"), *ftyp.codes("compatible_brands")]
        return frozenset(found)

    # --- tracks

    @cached_property
    def all_tracks(self) -> list[Track]:
        """The tracks of all kinds, in the order of the file."""
        return [
            NNRTrack(self, track.box) if _is_nnr(track) else track
            for track in map(Track, self.moov.children(b"trak"))
        ]

    @cached_property
    def tracks(self) -> list[NNRTrack]:
        """The NNR tracks, in the order of the file."""
        return [track for track in self.all_tracks if isinstance(track, NNRTrack)]

    def track(self, track_id: int | None = None) -> NNRTrack:
        """The NNR track with this track_ID; without one, the only NNR track.

        Raises:
            TrackError: there is none, or several and none is chosen; the message lists them.
        """
        listed = few(f"{track.track_id} ({track.name})" for track in self.tracks)
        if not self.tracks:
            raise TrackNotFoundError("the file has no NNR track (sample entry nnr1)")
        found = [track for track in self.tracks if track_id in (None, track.track_id)]
        if not found:
            raise TrackNotFoundError(f"track {track_id} is no NNR track; there are: {listed}")
        if len(found) > 1 and track_id is None:
            raise TrackNotChosenError(f"the file has several NNR tracks, choose one: {listed}")
        return found[0]

    # --- samples

    @cached_property
    def fragments(self) -> list[Fragment]:
        """The movie fragments, in order.

        Raises:
            SampleTableError: one is broken.
        """
        return self._all_fragments[0]

    def fragment_times(self) -> tuple[dict[int, int], dict[int, int]]:
        """When the fragments start and end, by track_ID, in ticks of the media.

        Returns:
            The composition time of the sample that is shown first; where the last one ends.

        Raises:
            SampleTableError: a fragment is broken.
        """
        reader = self._all_fragments[1]
        return reader.starts, reader.ends()

    @cached_property
    def _all_fragments(self) -> tuple[list[Fragment], FragmentReader]:
        return self._read_fragments(only_nnr=False)

    @cached_property
    def _nnr_fragments(self) -> list[Fragment]:
        """The movie fragments, only as far as they tell where samples of NNR tracks lie."""
        return self._read_fragments(only_nnr=True)[0]

    @cached_property
    def _every_part(self) -> dict[int, list[tuple[int, TrackFragment]]]:
        return by_track(self.fragments)

    @cached_property
    def _nnr_parts(self) -> dict[int, list[tuple[int, TrackFragment]]]:
        return by_track(self._nnr_fragments)

    def _read_fragments(self, *, only_nnr: bool) -> tuple[list[Fragment], FragmentReader]:
        nnr = {track.track_id: descriptions(track.sample_table) for track in self.tracks}
        reader = FragmentReader(self.defaults, self.most_bytes, nnr, only_nnr=only_nnr)
        found = []
        remembered: dict[bytes, object] = {}
        # Where `moov` does not announce fragments, no request is spent on looking for them.
        known = (self.source.is_remote and self.moov.find(b"mvex") is None) or not self._fragments
        for header in self.known_boxes if known else self.boxes:  # these are all if `whole`
            if header.type == b"moof":
                data = read_exactly(self.source, *header.range)
                if not only_nnr or holds_track(data, nnr):
                    start = self._file_start(header.offset)
                    fragment = reader.read(scan_node(data, header, remembered), start, data)
                    found.append(replace(fragment, has_items=True) if b"iloc" in data else fragment)
        return found, reader

    @cached_property
    def defaults(self) -> dict[int, Defaults]:
        """The defaults of fragments (`trex`), by track_ID."""
        mvex = self.moov.find(b"mvex")
        return {
            trex.integer("track_ID"): Defaults(
                trex.integer("default_sample_description_index"),
                trex.integer("default_sample_duration"),
                trex.integer("default_sample_size"),
            )
            for trex in (mvex.intact(b"trex") if mvex else ())
        }

    def ends_beside(self, track: Track) -> EndsBeside:
        """When the tracks beside one end."""
        return self._track_ends.beside(track)

    @cached_property
    def _track_ends(self) -> TrackEnds:
        return TrackEnds(self.moov, self.all_tracks)

    def samples(self, track: Track) -> SampleTable:
        """Where the samples of any track lie: those of `stbl`, then those of the fragments.

        Raises:
            SampleTableError: tables or fragments are broken, or point outside the file.
            TrackError: the samples lie in another file.
        """
        track.check_self_contained()
        size = self.most_bytes
        samples = SampleTable(size)
        if isinstance(track, NNRTrack):
            with self._counting:
                before = self._all_stored - self._stored.get(track, 0)
            samples = SampleTable(size // MIN_UNIT_SIZE, min(size, MOST_SHARED * size - before))
        for offset, sizes, description in chunk_samples(track.sample_table, size):
            samples.add(offset, sizes, description)
        if isinstance(track, NNRTrack):
            with self._counting:
                self._all_stored += samples.total - self._stored.get(track, 0)
                self._stored[track] = samples.total
        if isinstance(track, NNRTrack) and len(samples):
            # mp4box.js leaves the groups there when it moves the samples into fragments
            samples.groups.extend(unit_groups(track.sample_table, len(samples)))
            stbl = track.sample_table
            same = SampleComparison(self.source, size)
            repeated = repeated_samples(stbl, samples, same)
            others = partial(self.ends_beside, track)
            if not repeated and last_is_repeated(stbl, samples, same, others):
                repeated = [len(samples) - 1]
            samples = samples.without(repeated) if repeated else samples
        for part in self._parts(track, samples):
            first = len(samples)
            samples.groups += [group._replace(first=first + group.first) for group in part.groups]
            for run in part.runs:
                samples.add(run.start, run.sizes, run.description)
        if any(span.end > self.source.size for span in samples.ranges(0, len(samples))):
            index = next(i for i in range(len(samples)) if samples.range(i).end > self.source.size)
            place = samples.range(index)
            raise SampleOutsideFileError(
                f"sample {index + 1} of track {track.track_id} ends at {place.end}, "
                f"the file at {self.source.size}",
                offset=place.offset,
            )
        return samples

    def _parts(self, track: Track, before: SampleTable) -> Iterable[TrackFragment]:
        """What the fragments hold of a track; of an NNR track without repeated samples.

        Args:
            track: of the movie.
            before: the samples in `stbl`.
        """
        is_nnr = isinstance(track, NNRTrack)
        found = self._nnr_parts if is_nnr and not self._editable else self._every_part
        numbered = found.get(track.track_id, [])
        if not is_nnr:
            return [part for _, part in numbered]
        parts = in_order(numbered)
        last = before.range(len(before) - 1) if len(before) else None
        same = SampleComparison(self.source, self.most_bytes)
        return without_repeats(same, parts, last, media_end(self.moov, track) if parts else None)

    def extents(self) -> dict[int, list[ByteRange]]:
        """The bytes of the samples of every track, by track_ID, in decoding order.

        Samples that lie next to each other come as one range.

        Raises:
            SampleTableError, TrackError: as `samples`.
        """
        found: dict[int, list[ByteRange]] = {}
        for track in self.all_tracks:
            track.check_self_contained()
            extents = found[track.track_id] = []
            for offset, sizes, _ in chunk_samples(track.sample_table, self.most_bytes):
                extend_ranges(extents, offset, total_size(sizes))
        for fragment in self.fragments:
            for part in fragment.tracks:
                if part.track_id in found:
                    for run in part.runs:
                        extend_ranges(found[part.track_id], *run.range)
        for track_id, extents in found.items():
            for place in extents:
                if place.end > self.source.size:
                    raise SampleOutsideFileError(
                        f"samples of track {track_id} end at {place.end}, "
                        f"the file at {self.source.size}",
                        offset=place.offset,
                    )
        return found


def _is_nnr(track: Track) -> bool:
    """By the headers of its entries, which count only if `stsd` is not broken."""
    return NNR_SAMPLE_ENTRY in track.sample_entry_types() and bool(track.sample_entries)
