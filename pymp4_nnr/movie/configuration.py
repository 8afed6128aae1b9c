"""The units of `nnrC`, and their places between the samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..bitstream.placed_units import PlacedUnits
from ..boxes.definitions.nnr import UnitList
from ..boxes.node import Node
from ..errors import ConfigurationError

CONFIGURATION_BOX = b"nnrC"


@dataclass(frozen=True, slots=True)
class ConfigurationUnit:
    """A unit of `nnrC`, or of a sample group.

    Attributes:
        position: `sample_position`: samples of its configuration that come before it; of a unit
            of a sample group: samples of the track.
        offset: byte offset of the unit in the file.
        data: its bytes.
        grouped: whether it is in a sample group.
    """

    position: int
    offset: int
    data: bytes
    grouped: bool = False


class Configuration(Sequence[ConfigurationUnit]):
    """The units of an `nnrC`; each is an object only while it is used.

    Attributes:
        contents: what is the same for the same units.
    """

    def __init__(self, units: PlacedUnits) -> None:
        self._units = units

    @property
    def contents(self) -> tuple[bytes, bytes]:
        return self._units.contents

    def __len__(self) -> int:
        return len(self._units)

    def __getitem__(self, index: int) -> ConfigurationUnit:  # type: ignore[override]
        place = range(len(self))[index]
        position, data = self._units[place]
        return ConfigurationUnit(position, self._units.offset(place), data)


def read_configuration(entry: Node, path: str) -> Configuration:
    """The units of the `nnrC` of a sample entry.

    Args:
        entry: of type `nnr1`.
        path: of it, for errors.

    Raises:
        ConfigurationError: there is not one `nnrC`, or it cannot be read.
    """
    found = entry.children(CONFIGURATION_BOX)
    if len(found) != 1:
        raise ConfigurationError(f"nnr1 has {len(found)} nnrC boxes instead of one", box_path=path)
    box = found[0]
    units = box.value("units")
    if not isinstance(units, UnitList):
        reason = box.note or f"version {box.integer('version')} is not known"
        raise ConfigurationError(f"nnrC cannot be read: {reason}", box_path=f"{path}/nnrC")
    for index, (before, position) in enumerate(pairwise(units.placed.positions), 1):
        if position < before:
            raise ConfigurationError(
                f"sample_position of unit {index} decreases from {before} to {position}",
                box_path=f"{path}/nnrC",
                offset=units.placed.offset(index),
            )
    return Configuration(units.placed)


def same_configurations(
    configurations: Sequence[Configuration | None],
) -> list[Configuration | None]:
    """The same, where those that have the same units are the same object."""
    known: dict[tuple[bytes, bytes], Configuration] = {}
    return [
        None if units is None else known.setdefault(units.contents, units)
        for units in configurations
    ]


class Waiting:
    """The units of a configuration that are still to come."""

    def __init__(self, units: Configuration) -> None:
        self._units = units
        self._next = 0

    @property
    def first(self) -> ConfigurationUnit | None:
        """The first of them."""
        return self._units[self._next] if self._next < len(self._units) else None

    def before(self, position: int) -> Iterator[ConfigurationUnit]:
        """Take those that come before so many samples."""
        while (first := self.first) is not None and first.position < position:
            self._next += 1
            yield first

    def check_empty(self, samples: int) -> None:
        """Check that none is left behind the last of so many samples.

        Raises:
            ConfigurationError: there is one.
        """
        if (first := self.first) is not None:
            raise ConfigurationError(
                f"a unit of nnrC has sample_position {first.position}, there are {samples} samples",
                offset=first.offset,
            )


def configured_spans(
    runs: Iterable[tuple[int, Configuration]],
) -> Iterator[range | ConfigurationUnit]:
    """The samples, as ranges of 0-based indices, and the units of `nnrC` between them.

    Args:
        runs: number of samples and their configuration, which is the same object for all runs
            that share it.

    Raises:
        ConfigurationError: a unit has a place behind the last sample.
    """
    found = list(runs)
    left: Counter[int] = Counter()
    waiting: dict[int, Waiting] = {}
    for count, every in found:
        left[id(every)] += count
        if id(every) not in waiting:
            waiting[id(every)] = Waiting(every)
    used: Counter[int] = Counter()
    index = 0
    for count, every in found:
        key = id(every)
        units, first, start = waiting[key], used[key], index
        used[key] += count
        left[key] -= count
        # A unit right behind the run belongs to it only if no later run can take it.
        end = used[key] + (not left[key])
        for unit in units.before(end):
            here = start + unit.position - first
            if here > index:
                yield range(index, here)
                index = here
            yield unit
        if start + count > index:
            yield range(index, start + count)
            index = start + count
        if not left[key]:
            units.check_empty(used[key])
