"""The order of samples and units of `nnrC` in a file that is read as it arrives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import NotStreamableError, SampleDescriptionError
from .configuration import ConfigurationUnit, Waiting
from .nnr_track import NNRTrack


@dataclass
class _Configuration:
    """The units of the sample entries that have the same ones.

    Attributes:
        units: those that are still to come.
        used: samples so far that use it.
        left: samples of `stbl` that are still to come.
    """

    units: Waiting
    used: int = 0
    left: int = 0

    def due(self) -> Iterator[ConfigurationUnit]:
        """The units that come before the next sample that uses it."""
        return self.units.before(self.used + 1)


class ConfigurationOrder:
    """Which units of `nnrC` come before each sample: the order of `NNRTrack.spans`.

    There it is known which samples follow; here fragments may bring more.

    Args:
        track: whose `moov` has arrived.
        descriptions: runs of (number of samples, 1-based sample_description_index) in `stbl`.
        fragments: whether samples in fragments may follow.

    Raises:
        TrackError: an `nnr1` has no `nnrC`, or one that cannot be read.
        SampleTableError: samples use a description that is no `nnr1`.
    """

    def __init__(
        self, track: NNRTrack, descriptions: Iterable[tuple[int, int]], *, fragments: bool
    ) -> None:
        self._track_id = track.track_id
        self._fragments = fragments
        self._current: _Configuration | None = None
        known: dict[tuple[bytes, bytes], _Configuration] = {}
        self._entries = [
            None
            if units is None
            else known.setdefault(units.contents, _Configuration(Waiting(units)))
            for units in track.configurations
        ]
        self._all = list(known.values())
        for count, description in descriptions:
            self._of(description).left += count

    @property
    def is_single(self) -> bool:
        """Whether all samples have the same units of `nnrC`."""
        return len(self._all) == 1

    def _of(self, description: int) -> _Configuration:
        found = self._entries[description - 1] if 0 < description <= len(self._entries) else None
        if found is None:
            raise SampleDescriptionError(
                f"samples of track {self._track_id} use sample description {description}, "
                "which is no nnr1"
            )
        return found

    def start(self) -> Iterator[ConfigurationUnit]:
        """The units that come first, whatever follows."""
        if self.is_single:
            yield from self._all[0].due()

    def before(self, description: int) -> Iterator[ConfigurationUnit]:
        """The units before the next sample.

        Args:
            description: its 1-based sample_description_index.

        Raises:
            NotStreamableError: the order depends on what follows.
            TrackError, SampleTableError: a unit of `nnrC`, or the sample, has no place.
        """
        found, last = self._of(description), self._current
        if last is not None and last is not found and not last.left:
            # A unit right behind a run comes there only if no later run can take it.
            if self._fragments and (first := last.units.first) is not None:
                raise NotStreamableError(
                    "the place of a unit depends on samples that are still to come",
                    offset=first.offset,
                )
            if not self._fragments:
                yield from last.due()
                last.units.check_empty(last.used)
        self._current = found
        yield from found.due()

    def after(self) -> Iterator[ConfigurationUnit]:
        """Count the sample; the units that come behind it, whatever follows."""
        current = self._current
        assert current is not None
        current.used += 1
        current.left -= 1 if current.left else 0
        if self.is_single:
            yield from current.due()

    def rest(self) -> Iterator[ConfigurationUnit]:
        """The units behind the last sample.

        Raises:
            TrackError: a unit of `nnrC` has no place.
        """
        current = self._current
        if current is None:
            current = next((found for found in self._entries if found is not None), None)
        if current is not None:
            yield from current.due()
        for found in self._all:
            if found.used or found is current:
                found.units.check_empty(found.used)
