"""What a report says of the networks in a file: their tensors, and how large they are."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass

from ...bitstream.enums import PayloadType, value_name
from ...bitstream.ndu_description import Described
from ...bitstream.part import Part, PartForm
from ...bitstream.tensor_names import ElementNames
from ...bitstream.unit import NNRUnitType
from ...escape import printable
from ...io.progress import Progress
from ...movie.nnr_track import NNRTrack
from ..inspect import FileInfo

MOST_ROWS = 1000
"""Tensors in the table; of more, the largest."""

MOST_BARS = 40
"""Bars in the chart of sizes; what is left is one more."""

SHOWN_NAMES = 3
SHOWN_NAME = 200
"""Characters of a name of a tensor."""


@dataclass(frozen=True, slots=True)
class TensorRow:
    """An NNR_NDU in the table of tensors.

    Attributes:
        name: of its tensors, shortened.
        dimensions: such as ``64x3x3x3``; of a block, those of its weight.
        parameters: the product of the dimensions; None where they are not known.
        size: bytes of the NDU.
        bits: of the NDU, for each parameter.
        sample: 1-based number of the sample, in a bitstream of the NDU.
        offset: in the file.
        round: `put_node_depth`, or None.
        payload: name of its payload type.
    """

    name: str
    dimensions: str
    parameters: int | None
    size: int
    bits: float | None
    sample: int
    offset: int
    round: int | None
    payload: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in the chart of sizes.

    Attributes:
        name: of the tensor, or what is put together.
        size: in bytes.
        width: in percent of the largest NDU, at most 100.
        share: in percent of all.
        bits: for each parameter, if known.
    """

    name: str
    size: int
    width: float
    share: float
    bits: float | None = None


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """One network.

    Attributes:
        name: of the track; empty for a bitstream.
        track_id: None for a bitstream.
        ndus: number of NNR_NDU units.
        tensors: number of names of tensors.
        parameters: of all of them, as far as the dimensions are known.
        size: bytes of all NDUs.
        bits: of all NDUs, for each parameter; None where no dimensions are known.
        edition: of the standard; 0 where the stream does not say.
        rows: the NDUs, in order; the `MOST_ROWS` largest of more, or as many as are asked for.
        bars: the largest ones.
    """

    name: str
    track_id: int | None
    ndus: int
    tensors: int
    parameters: int
    size: int
    bits: float | None
    edition: int
    rows: tuple[TensorRow, ...]
    bars: tuple[Bar, ...]

    @property
    def left_out(self) -> int:
        """How many NDUs are not among `rows`."""
        return self.ndus - len(self.rows)


def network_report(
    file: FileInfo,
    track: NNRTrack | None,
    most_rows: int = MOST_ROWS,
    progress: Progress | None = None,
) -> NetworkReport:
    """Describe a bitstream, or the network of a track.

    One NDU at a time is in memory, and of the table the rows that are shown.

    Args:
        file: the file.
        track: of it, or None.
        most_rows: rows of the table.
        progress: called with the bytes of each unit that has been read.

    Raises:
        NNRError: the units cannot be read.
    """
    counter = _Counter()
    # A heap of the largest rows: of two of a size, the first one stays.
    largest: list[tuple[int, int, Part]] = []
    for part in _parts(file, track, counter, progress):
        entry = (part.size, -part.sample_number, part)
        if len(largest) < most_rows:
            heapq.heappush(largest, entry)
        elif entry > largest[0]:
            heapq.heapreplace(largest, entry)
    by_size = [part for _, _, part in sorted(largest, key=lambda entry: entry[:2], reverse=True)]
    rows = tuple(_row(part) for part in sorted(by_size, key=lambda part: part.sample_number))
    return NetworkReport(
        name=printable(track.name) if track is not None else "",
        track_id=track.track_id if track is not None else None,
        ndus=counter.ndus,
        tensors=counter.tensors,
        parameters=counter.parameters,
        size=counter.size,
        bits=counter.described_size * 8 / counter.parameters if counter.parameters else None,
        edition=counter.edition,
        rows=rows,
        bars=_bars([_row(part) for part in by_size[:MOST_BARS]], counter),
    )


class _Counter:
    """Sums over all units.

    A tensor counts once, with the first NDUs that carry it: not with those of later rounds.
    """

    def __init__(self) -> None:
        self.ndus = self.tensors = self.parameters = self.size = self.described_size = 0
        self.edition = 0
        self._rounds: dict[str, int | None] = {}  # in which a tensor was first seen

    def add(self, part: Part) -> None:
        self.ndus += 1
        self.size += part.size
        new = [name for name in dict.fromkeys(part.tensors) if name not in self._rounds]
        self._rounds.update(dict.fromkeys(new, part.update_round))
        self.tensors += len(new)
        if not part.dimensions:
            return
        if new or not part.tensors:
            self.parameters += math.prod(part.dimensions)
        if not part.tensors or self._rounds[part.tensors[0]] == part.update_round:
            self.described_size += part.size


def _parts(
    file: FileInfo, track: NNRTrack | None, counter: _Counter, progress: Progress | None
) -> Iterator[Part]:
    names = ElementNames()
    starts = 0
    for unit, known in file.tensor_units(track):
        if progress is not None:
            progress(unit.size)
        number = counter.ndus + 1
        if isinstance(known, Described):
            form, tensors = PartForm.described(known.description), known.tensors
            payload_size: int | None = unit.size - known.header_size
        else:
            names.update(known)
            if known.nnr_unit_type != NNRUnitType.NNR_NDU:
                if known.nnr_unit_type == NNRUnitType.NNR_STR:
                    starts += 1
                    profile = known.header.get("general_profile_idc")
                    if isinstance(profile, int) and not counter.edition:
                        counter.edition = profile + 1
                continue
            form, tensors = PartForm.parsed(known), names.of(known)
            payload_size = known.payload_size
        part = form.part(unit, payload_size, tensors, sample_number=number, start=starts)
        counter.add(part)
        yield part


def _row(part: Part) -> TensorRow:
    shown = ", ".join(part.tensors[:SHOWN_NAMES])[:SHOWN_NAME] or f"NDU {part.sample_number}"
    more = len(part.tensors) - SHOWN_NAMES
    parameters = math.prod(part.dimensions) if part.dimensions else None
    return TensorRow(
        name=printable(shown) + (f" and {more} more" if more > 0 else ""),
        dimensions="x".join(map(str, (part.dimensions or ())[:8])),
        parameters=parameters,
        size=part.size,
        bits=part.size * 8 / parameters if parameters else None,
        sample=part.sample_number,
        offset=part.offset,
        round=part.update_round,
        payload="" if part.payload_type is None else value_name(PayloadType, part.payload_type),
    )


def _bars(rows: list[TensorRow], counter: _Counter) -> tuple[Bar, ...]:
    total = max(counter.size, 1)
    left = counter.size - sum(row.size for row in rows)
    number = counter.ndus - len(rows)
    most = max([row.size for row in rows] + [1])
    bars = [
        Bar(row.name, row.size, row.size / most * 100, row.size / total * 100, row.bits)
        for row in rows
    ]
    if number:
        bars.append(Bar(f"{number:,} others", left, min(left / most, 1) * 100, left / total * 100))
    return tuple(bars)
