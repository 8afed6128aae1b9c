"""NNR tracks: how the samples and the units of `nnrC` make up a bitstream."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Protocol, TypeAlias

from ..bitstream.tensor_table import TensorTable
from ..bitstream.unit import Unit
from ..bitstream.unit_header import MAX_HEADER_SIZE, read_unit_header
from ..boxes.definitions.tensor_index import TENSOR_INDEX
from ..boxes.node import Node
from ..errors import LostUnitsError, SampleDescriptionError, SampleSizeError, TrackNotFoundError
from ..io.ranges import Piece, SourceRange, read_exactly
from ..io.source import Source
from .configuration import (
    CONFIGURATION_BOX,
    Configuration,
    ConfigurationUnit,
    configured_spans,
    read_configuration,
    same_configurations,
)
from .header_reads import HeaderReads
from .repeated_bytes import most_repeated
from .rounds import Round
from .sample_check import SampleCheck
from .sample_table import SampleTable
from .stored_table import fitting_table
from .track import Track
from .unit_groups import UnitsBefore, split_units

NNR_SAMPLE_ENTRY = b"nnr1"

UNITS_IN_GROUPS = 0x000002
"""Flag of `nnrC`: units travel in sample groups, and every sample belongs to one."""


KnownHeader: TypeAlias = tuple[int, int, int | None]
"""nnr_unit_type, independently_decodable_flag, and partial_data_counter or None."""


class _Movie(Protocol):
    """What a track needs of its `Movie`."""

    source: Source
    limit: int

    def samples(self, track: Track) -> SampleTable: ...


class NNRTrack(Track):
    """A track whose samples are NNR_NDUs (sample entry `nnr1`).

    Attributes:
        track_id: `track_ID`, at least 1.
        handler_type: of `hdlr`, four characters.
        name: of `hdlr`.
        timescale: of `mdhd`, ticks per second.
        duration: of `mdhd`, in ticks.
        sample_entry: its type, ``"nnr1"``.
    """

    sample_entry = NNR_SAMPLE_ENTRY.decode()

    def __init__(self, movie: _Movie, box: Node) -> None:
        super().__init__(box)
        self._movie = movie
        box.need(b"tkhd"), box.need(b"mdia", b"mdhd"), box.need(b"mdia", b"hdlr")

    @cached_property
    def samples(self) -> SampleTable:
        """Where the samples lie: those of `stbl`, then those of the fragments.

        Raises:
            SampleTableError: tables or fragments are broken, or point outside the file.
            TrackError: the samples lie in another file.
        """
        return self._movie.samples(self)

    @cached_property
    def configurations(self) -> list[Configuration | None]:
        """The units of `nnrC` of each sample entry; None for entries that are not `nnr1`.

        Raises:
            TrackError: an `nnr1` has no `nnrC`, or one that cannot be read.
        """
        path = f"{self.box.path}/mdia/minf/stbl/stsd"
        return [
            read_configuration(entry, f"{path}/nnr1") if entry.type == NNR_SAMPLE_ENTRY else None
            for entry in self.sample_entries
        ]

    @property
    def source(self) -> Source:
        """The bytes of the file; of several files, those of all, one after the other."""
        return self._movie.source

    @cached_property
    def tensor_table(self) -> TensorTable | None:
        """The index of tensors that is stored in the file.

        None where there is none, or where it does not fit: it is broken, the samples have other
        sizes than when it was made, or there are several sample entries.

        Raises:
            SampleTableError, TrackError: as `samples`.
        """
        if len(self.sample_entries) != 1:
            return None
        for box in self.sample_entries[0].children(b"uuid"):
            stored = box.fields("data")
            if stored is not None and box.value("extended_type") == TENSOR_INDEX:
                return fitting_table(stored, self.samples.sizes)
        return None

    def _runs(self) -> Iterator[tuple[int, Configuration]]:
        """Yield (number of samples, configuration) for runs that share a sample entry.

        Sample entries with the same units give the same object.
        """
        configurations = same_configurations(self.configurations)
        for count, index in self.samples.descriptions:
            found = configurations[index - 1] if 0 < index <= len(configurations) else None
            if found is None:
                raise SampleDescriptionError(
                    f"{count} sample(s) of track {self.track_id} use sample description {index}, "
                    "which is no nnr1"
                )
            yield count, found
        if not len(self.samples):
            yield from [(0, units) for units in configurations if units is not None][:1]

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

        Units of sample groups come right before their samples; those of `nnrC` with
        `sample_position` p come right before sample p of those that use their
        configuration, those with the number of these samples come last. Sample entries with the
        same units are one configuration.

        Raises:
            SampleTableError, TrackError: as `samples` and `configurations`.
        """
        marked = self._units_before.samples
        if self.has_units_in_groups and not self.all_grouped:
            raise LostUnitsError(
                "sample groups are missing: a program that rewrote the file has lost units"
            )
        for item in configured_spans(self._runs()):
            if not isinstance(item, range):
                yield item
                continue
            first = item.start
            for sample in marked[bisect_left(marked, first) : bisect_left(marked, item.stop)]:
                if first < sample:
                    yield range(first, sample)
                first = sample
                for offset, data in self._units_before[sample]:
                    yield ConfigurationUnit(sample, offset, data, grouped=True)
            yield range(first, item.stop)

    @property
    def has_units_in_groups(self) -> bool:
        """Whether `nnrC` says that units travel in sample groups, to which all samples belong."""
        return any(
            box.integer_or("flags", 0) & UNITS_IN_GROUPS
            for entry in self.sample_entries
            if entry.type == NNR_SAMPLE_ENTRY
            for box in entry.children(CONFIGURATION_BOX)
        )

    @property
    def all_grouped(self) -> bool:
        """Whether every sample belongs to a group that says which units come before it."""
        return sum(group.samples for group in self.samples.groups) >= len(self.samples)

    @cached_property
    def _units_before(self) -> UnitsBefore:
        most = most_repeated(self._movie.source.size, self._movie.limit)
        return UnitsBefore(self.samples.groups, most)

    @cached_property
    def rounds(self) -> list[Round]:
        """The rounds of training in the track, in order; at least one.

        Raises:
            SampleTableError, TrackError: as `samples`.
        """
        marked = dict(self._units_before.rounds)
        marked.setdefault(0, 0)
        starts = sorted(marked)
        ends = [*starts[1:], len(self.samples)]
        return [
            Round(number, range(start, end), marked[start] / 1000 if marked[start] else None)
            for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
        ]

    def round_spans(self) -> Iterator[tuple[int, range | ConfigurationUnit]]:
        """Yield the bitstream as `spans`, each item with the number of its round.

        Units in `nnrC` belong to the round of the sample before them.

        Raises:
            SampleTableError, TrackError: as `spans`.
        """
        rounds = self.rounds
        number = 1
        for item in self.spans():
            if isinstance(item, ConfigurationUnit):
                while (
                    item.grouped
                    and number < len(rounds)
                    and (item.position >= rounds[number].samples.start)
                ):
                    number += 1
                yield number, item
                continue
            first = item.start
            while first < item.stop:
                while number < len(rounds) and first >= rounds[number].samples.start:
                    number += 1
                last = min(item.stop, rounds[number - 1].samples.stop)
                yield number, range(first, last)
                first = last

    def pieces(
        self, rounds: Collection[int] | None = None, *, check: bool = False
    ) -> Iterator[Piece]:
        """The restored bitstream: units as bytes, samples as ranges of the file.

        Args:
            rounds: numbers of the rounds wanted; None: all.
            check: whether each sample must be as long as its own header says; see `SampleCheck`.

        Raises:
            SampleTableError, TrackError: as `samples` and `configurations`; or there is no such
                round.
        """
        for number in rounds or ():
            if not 1 <= number <= len(self.rounds):
                raise TrackNotFoundError(
                    f"there is no round {number}: there are {len(self.rounds)}"
                )
        carriers = self._units_before.carriers
        checked = SampleCheck(self._movie.source, self.samples, carriers) if check else None
        for number, item in self.round_spans():
            if rounds is not None and number not in rounds:
                continue
            if not isinstance(item, range):
                yield item.data
            elif checked is not None:
                yield from checked.pieces(item.start, item.stop)
            else:
                for offset, size in self.samples.ranges(item.start, item.stop):
                    yield SourceRange(self._movie.source, offset, size)

    def checked_samples(self, indices: Iterable[int]) -> Iterator[Piece]:
        """The samples with these 0-based indices, each as long as its own header must say.

        Raises:
            SampleTableError: as `samples`; a sample is not, see `SampleCheck`.
        """
        checked = SampleCheck(self._movie.source, self.samples, self._units_before.carriers)
        for index in indices:
            yield from checked.pieces(index, index + 1)

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

    def headers(
        self, known: Callable[[int], KnownHeader | None] | None = None
    ) -> Iterator[tuple[int | None, int, int, int, int, int | None]]:
        """The same as plain tuples, for a million units.

        Args:
            known: gives, for the 0-based index of a sample, what its header says, so that it is
                not read; None where that is not known.

        Yields:
            1-based sample number or None, offset in the file, size, nnr_unit_type,
            independently_decodable_flag, partial_data_counter.

        Raises:
            SampleTableError: as `units`.
        """
        source, offsets, sizes = self._movie.source, self.samples.offsets, self.samples.sizes
        carriers = self._units_before.carriers
        reads = HeaderReads(source, offsets, sizes, known) if source.is_remote else None
        index = 0
        for item in self.spans():
            if isinstance(item, ConfigurationUnit):
                size, kind, flag, counter = read_unit_header(item.data, 0, index, item.offset)
                yield None, item.offset, size, kind, flag, counter
                index += 1
                continue
            for sample in item:
                if reads is not None:
                    reads.need(sample)
                offset, size = offsets[sample], sizes[sample]
                if sample in carriers:
                    for place, data in split_units(read_exactly(source, offset, size), offset):
                        yield None, place, *read_unit_header(data, 0, index, place)
                        index += 1
                    continue
                found = known(sample) if known is not None else None
                if found is not None:
                    yield sample + 1, offset, size, *found
                    index += 1
                    continue
                head = read_exactly(source, offset, min(size, MAX_HEADER_SIZE), ahead=True)
                nnr_unit_size, kind, flag, counter = read_unit_header(head, 0, index, offset)
                if nnr_unit_size != size:
                    raise SampleSizeError(
                        f"nnr_unit_size is {nnr_unit_size}, its sample has {size} bytes",
                        unit_index=index,
                        offset=offset,
                    )
                yield sample + 1, offset, size, kind, flag, counter
                index += 1
