"""Tracks of a movie, of whatever kind (ISO/IEC 14496-12, 8.3 to 8.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, islice, repeat, starmap

from ..boxes.node import Node
from ..errors import ExternalDataError
from .fragment import REORDERED_SAMPLES

_OTHER_DATA = frozenset((b"imdt", b"snim"))
"""Data references to an `imda` box, in which offsets begin with its body (8.7.2)."""


class Track:
    """A `trak` box, and what it says of the track.

    Attributes:
        box: the parsed `trak`.
    """

    def __init__(self, box: Node) -> None:
        self.box = box

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.track_id}: {self.name!r}>"

    @cached_property
    def track_id(self) -> int:
        """`track_ID` of `tkhd`, at least 1.

        Raises:
            SampleTableError: `tkhd` is missing or broken.
        """
        return self.box.need(b"tkhd").integer("track_ID")

    @cached_property
    def media(self) -> Node:
        """The `mdia` box.

        Raises:
            SampleTableError: it is missing.
        """
        return self.box.need(b"mdia")

    @cached_property
    def handler_type(self) -> str:
        """`handler_type` of `hdlr`, four characters; empty without a `hdlr`."""
        hdlr = self.media.find(b"hdlr")
        return hdlr.data("handler_type").decode("latin-1") if hdlr else ""

    @cached_property
    def name(self) -> str:
        """The name in `hdlr`; empty without one. A C string, or QuickTime's counted one."""
        hdlr = self.media.find(b"hdlr")
        name = hdlr.text("name") if hdlr and hdlr.has("name") else ""
        if isinstance(name, str):
            return name
        if name and name[0] == len(name) - 1:
            name = name[1:]
        return name.rstrip(b"\0").decode("utf-8", "replace")

    @cached_property
    def timescale(self) -> int:
        """`timescale` of `mdhd`, ticks per second."""
        return self.media.need(b"mdhd").integer("timescale")

    @cached_property
    def duration(self) -> int:
        """`duration` of `mdhd`, in ticks of the media."""
        return self.media.need(b"mdhd").integer("duration")

    @cached_property
    def sample_table(self) -> Node:
        """The `stbl` box.

        Raises:
            SampleTableError: it is missing.
        """
        return self.media.need(b"minf", b"stbl")

    def sample_entry_types(self) -> list[bytes]:
        """The types of the entries of `stsd`; none where that is missing."""
        found = [self.box]
        for code in (b"mdia", b"minf", b"stbl", b"stsd"):
            found = found[0].children(code)[:1]
            if not found:
                return []
        return [entry.type for entry in found[0].children()]

    @cached_property
    def sample_entries(self) -> list[Node]:
        """The entries of `stsd`; none where that is broken.

        Raises:
            SampleTableError: it is missing.
        """
        found = self.sample_table.children(b"stsd")
        return found[0].rows("entries") if found else []

    def check_self_contained(self) -> None:
        """Check that the samples lie in the file itself (8.7.2).

        Raises:
            TrackError: they lie in another file, or at offsets that are not those of the file.
            SampleTableError: the data references are broken.
        """
        for mdia in self.box.children(b"mdia"):
            for minf in mdia.children(b"minf"):
                for dinf in minf.children(b"dinf"):
                    for dref in dinf.intact(b"dref"):
                        if not all(map(is_self_contained, dref.rows("data_entries"))):
                            raise ExternalDataError(
                                "the samples do not lie at offsets of this file",
                                box_path=f"{self.box.path}/mdia/minf/dinf/dref",
                            )

    @cached_property
    def start_edit(self) -> tuple[int, int]:
        """What the edit list does to the start of the track (8.6.6).

        Returns:
            Duration of the empty edit in ticks of the movie, and the media time at which the
            first other edit starts.
        """
        empty = 0
        for edts in self.box.children(b"edts"):
            for elst in edts.children(b"elst"):
                for edit in elst.rows("entries")[:2]:
                    if edit.integer("media_time") != -1:
                        return empty, edit.integer("media_time")
                    empty += edit.integer("segment_duration")
        return empty, 0

    def first_composition(self) -> int | None:
        """Media time of the sample in `stbl` that is shown first; None if there are no samples."""
        stts = self.sample_table.need(b"stts")
        ctts = self.sample_table.find(b"ctts")
        offsets = chain(_repeated(ctts, "sample_offset") if ctts else (), repeat(0))
        time, earliest = 0, None
        deltas = islice(_repeated(stts, "sample_delta"), REORDERED_SAMPLES)
        for delta, offset in zip(deltas, offsets, strict=False):
            if earliest is None or time + offset < earliest:
                earliest = time + offset
            time += delta
        return earliest


def _repeated(table: Node, column: str) -> Iterator[int]:
    """The values of a column, each as often as `sample_count` says."""
    counts: Sequence[int] = table.integers("entries", "sample_count")
    values: Sequence[int] = table.integers("entries", column)
    return chain.from_iterable(starmap(repeat, zip(values, counts, strict=True)))


def is_self_contained(entry: Node) -> bool:
    """Whether a data reference says that offsets are those of the same file (8.7.2)."""
    if entry.type.strip() in _OTHER_DATA:
        return False
    return entry.flag("self_contained") or bool(entry.integer_or("flags", 0) & 1)
