"""The units of `nnrC`, and their places between the samples."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..boxes.node import Node
from ..errors import ConfigurationError

CONFIGURATION_BOX = b"nnrC"


@dataclass(frozen=True)
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


def read_configuration(entry: Node, path: str) -> list[ConfigurationUnit]:
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
    if not box.has("units"):
        reason = box.note or f"version {box.integer('version')} is not known"
        raise ConfigurationError(f"nnrC cannot be read: {reason}", box_path=f"{path}/nnrC")
    units: list[ConfigurationUnit] = []
    for index, unit in enumerate(box.rows("units")):
        position = unit.integer_or("sample_position", 0)
        offset = unit.integer("offset")
        if units and position < units[-1].position:
            raise ConfigurationError(
                f"sample_position of unit {index} decreases from {units[-1].position} to "
                f"{position}",
                box_path=f"{path}/nnrC",
                offset=offset,
            )
        units.append(ConfigurationUnit(position, offset, unit.data("data")))
    return units


def same_configurations(
    configurations: Sequence[Sequence[ConfigurationUnit] | None],
) -> list[Sequence[ConfigurationUnit] | None]:
    """The same, where those that have the same units are the same object."""
    known: dict[tuple[tuple[int, bytes], ...], Sequence[ConfigurationUnit]] = {}
    return [
        None
        if units is None
        else known.setdefault(tuple((unit.position, unit.data) for unit in units), units)
        for units in configurations
    ]


def configured_spans(
    runs: Iterable[tuple[int, Sequence[ConfigurationUnit]]],
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
    waiting: dict[int, deque[ConfigurationUnit]] = {}
    for count, every in found:
        left[id(every)] += count
        if id(every) not in waiting:
            waiting[id(every)] = deque(every)
    used: Counter[int] = Counter()
    index = 0
    for count, every in found:
        key = id(every)
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
            raise ConfigurationError(
                f"a unit of nnrC has sample_position {units[0].position}, "
                f"there are {used[key]} samples",
                offset=units[0].offset,
            )
