"""`decode`: decode tensors by the NNC codec, each from its own NDUs."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, TypeAlias, cast

from ..bitstream.enums import PayloadType
from ..bitstream.parsed_unit import ParsedUnit
from ..bitstream.part import Part
from ..bitstream.splitter import split
from ..bitstream.tensor_index import TensorIndex
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_parser import UnitParser
from ..errors import CodecError, DecodedSizeError, NotDecodableError, TensorNotFoundError
from ..escape import few
from ..io.output import write_pieces
from ..io.progress import Progress
from ..io.ranges import SourceRange
from ..io.source import FilesLike, SourceLike, in_its_file
from ..nnr_error import RAISED
from .codec_process import CodecProcess, need
from .extract import extract
from .inspect import FileInfo

if TYPE_CHECKING:
    import numpy as np

DEFAULT_LIMIT = 4 << 30
"""Bytes of tensors that are decoded unless the caller allows more."""

MOST_ELEMENTS = (1 << 31) - 1
"""Of a tensor: the codec counts them in 32 bits."""

ELEMENT_SIZE = 4
"""Bytes of an element as the codec holds it: int32, float32."""

SHARED_SIZE = 256
"""Bytes of other units that are read again for a tensor; where there are more, tensors share them.

Else a file of many tensors behind many configuration units takes a time that grows with both.
"""


def decode(
    source: FilesLike,
    tensors: Iterable[str] | None = None,
    *,
    track_id: int | None = None,
    update_round: int | None = None,
    limit: int | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Decode tensors of a network; needs the extra ``codec``.

    Each is decoded from its own NDUs and the configuration in force there, as `extract` with
    `decodable` finds them; of the others only headers are read. Where a tensor comes in several
    rounds, the rounds that its last one depends on are decoded before it. The values are those of
    the codec's decoding of the whole, to the last bit. So those of an incremental update are what
    the update adds to the model before it: nothing is added up here.

    The codec runs in a process of its own (see `codec_process`): bytes that make it crash raise
    `CodecError`.

    Args:
        source: an NNR bitstream or an MP4 file (path, URL, buffer, binary file object), or a list
            of them: an initialization segment and its media segments.
        tensors: names; without them, all.
        track_id: the track of an MP4 file; may be left out where it has one NNR track.
        update_round: the round to decode (`Part.update_round`: 0 for the base model). Without it,
            the last: of a tensor asked for by name its own last, else that of the bitstream.
        limit: bytes. What the tensors take when decoded is known from the headers of their NDUs;
            nothing is decoded where it is more than this, those included that are decoded because
            others depend on them; by default 4 GiB. Meanwhile the codec takes a few times as much
            for the NDU at hand. And as of `open`: what the file may refer to many times.
        timeout: seconds that the codec may take; by default 60, and one more for each 16 KiB of
            bitstreams and tensors.
        progress: called with the number of bytes of NDUs decoded since the last call.

    Returns:
        The tensors in the order of the bitstream: float32, or int32 where integers were encoded;
        float64 where the codec works with a codebook.

    Raises:
        CodecMissingError: the extra is not installed.
        DecodedSizeError: there is more to decode than `limit`.
        CodecTimeError: it takes longer than `timeout`.
        CodecError: the codec cannot decode the NDUs of a tensor, or they do not say what it needs.
        TensorNotFoundError: there is no such tensor, or none in this round.
        BitstreamError, FileFormatError, SampleTableError: the source is broken.
        TrackError: there is no such NNR track, or several and none is chosen.
        OSError: reading fails.
    """
    need("numpy", "nncodec")
    names = [tensors] if isinstance(tensors, str) else None if tensors is None else list(tensors)
    if names == []:
        return {}
    # A bitstream with the units that are needed, so that the source is read only once.
    with tempfile.TemporaryFile() as file:
        needed = cast(BinaryIO, file)
        if names is None:
            with in_its_file(source), FileInfo(source, whole=True, limit=limit) as opened:
                track = opened.track(track_id)
                whole = SourceRange(opened.source, 0, opened.size)
                write_pieces([whole] if track is None else track.pieces(), needed)
        else:
            extract(
                *(source, needed), tensors=names, decodable=True, track_id=track_id, limit=limit
            )
        needed.seek(0)
        most = DEFAULT_LIMIT if limit is None else limit
        plan = plan_decoding(needed, names, update_round=update_round, limit=most)
        found: dict[str, np.ndarray] = {}
        with CodecProcess(timeout) as codec:
            codec.limit(max((task.size for task in plan), default=0))
            for task in plan:
                try:
                    decoded = codec.decode(task.bitstreams(), task.size)
                except CodecError as error:
                    raise type(error)(f"{few(task.wanted)}: {error.reason}") from error
                for name in task.wanted:
                    if name not in decoded:
                        raise NotDecodableError(
                            f"the codec decodes no tensor {name!r} from its NDUs"
                        )
                    found[name] = decoded[name]
                if progress is not None:
                    progress(task.encoded_size)
    if names is None:
        places = {name: place for task in plan for name, place in task.wanted.items()}
        names = sorted(found, key=places.__getitem__)
    return {name: found[name] for name in names}


_Size: TypeAlias = int | tuple[type[CodecError], str]
"""Bytes that the tensors of an NDU take when decoded, or the error that it gives instead."""


@dataclass(slots=True)
class Task:
    """What is decoded together.

    Attributes:
        starts: the units of each of the bitstreams that are decoded in turn.
        wanted: the tensors of the last that are asked for, each with its place in the order.
        encoded_size: bytes of the NDUs that hold these.
        size: bytes that the tensors of any one of the bitstreams take when decoded.
    """

    starts: list[list[Unit]]
    wanted: dict[str, int] = field(default_factory=dict)
    encoded_size: int = 0
    size: int = 0

    def bitstreams(self) -> list[bytes]:
        """The bytes of each bitstream."""
        return [b"".join(unit.read() for unit in units) for units in self.starts]


def plan_decoding(
    source: SourceLike,
    names: Iterable[str] | None = None,
    *,
    update_round: int | None = None,
    limit: int = DEFAULT_LIMIT,
) -> list[Task]:
    """Find what has to be decoded together, and check its size against the limit.

    Args:
        source: an NNR bitstream.
        names: tensors; without them, all.
        update_round: as for `decode`.
        limit: bytes that the tensors may take when decoded.

    Raises:
        DecodedSizeError, CodecError, TensorNotFoundError, BitstreamError: as `decode`.
    """
    index = TensorIndex()
    units: list[Unit] = []
    sizes: dict[int, _Size] = {}
    configured: dict[int, int] = {}  # by NDU: bytes of the units before it, from its NNR_STR on
    before = 0
    parser = UnitParser()
    for unit in split(source):
        parsed = parser.parse(unit)
        units.append(unit)
        index.add(unit, parsed)
        if not unit.is_ndu:
            before = unit.size + (before if unit.nnr_unit_type != NNRUnitType.NNR_STR else 0)
            continue
        if names is None:
            _check_named(index.parts[-1])
        configured[unit.index] = before
        try:
            sizes[unit.index] = decoded_size(parsed)
        except CodecError as error:
            sizes[unit.index] = type(error), sys.intern(error.reason)

    temporal = {
        part.unit_index for part in index.parts if part.parent.get("temporal_context_modeling_flag")
    }
    # In reverse order, so that an NDU on which a later one depends is decoded along with it.
    plan: list[Task] = []
    tasks: dict[int, Task] = {}
    total = 0
    chosen = _chosen(index, names, update_round)
    for at in reversed(range(len(chosen))):
        part = chosen[at][0]
        if part.unit_index in tasks:
            continue
        starts = _starts(index, units, [part], temporal)
        together = [part]
        left = max(configured[part.unit_index], sum(unit.size for one in starts for unit in one))
        left -= part.size + SHARED_SIZE
        for other, _ in map(chosen.__getitem__, reversed(range(at))):
            if left <= 0 or other.start != part.start:
                break
            if other.unit_index not in tasks:
                together.append(other)
                left -= other.size
        if len(together) > 1:
            starts = _starts(index, units, together, temporal)
        task = Task(starts, size=max(sum(_size(sizes, unit) for unit in one) for one in starts))
        total += task.size
        if total > limit:
            raise DecodedSizeError(
                f"the tensors take more than {limit} bytes when decoded; {RAISED}"
            )
        tasks |= {unit.index: task for unit in starts[-1] if unit.is_ndu}
        plan.append(task)
    for place, (part, wanted) in enumerate(chosen):
        task = tasks[part.unit_index]
        task.wanted |= dict.fromkeys(wanted, place)
        task.encoded_size += part.size
    return plan[::-1]


def _check_named(part: Part) -> None:
    if not part.tensors:
        reason = part.incomplete or "the tensor in it has no name"
        raise NotDecodableError(f"an NDU cannot be decoded: {reason}", unit_index=part.unit_index)


def _chosen(
    index: TensorIndex, names: Iterable[str] | None, update_round: int | None
) -> list[tuple[Part, list[str]]]:
    """The NDUs to decode, in order, each with the tensors that are wanted of it."""
    if names is None and update_round is None and index.parts:
        update_round = index.parts[-1].update_round
    found: dict[int, tuple[Part, list[str]]] = {}
    for name in index.tensors if names is None else dict.fromkeys(names):
        parts: Sequence[Part] = index.find(tensors=[name])
        if update_round is not None:
            parts = [part for part in parts if part.update_round == update_round]
        if parts:
            found.setdefault(parts[-1].unit_index, (parts[-1], []))[1].append(name)
        elif names is not None:
            raise TensorNotFoundError(f"{name!r} is not in update round {update_round}")
    if update_round is not None and not found:
        raise TensorNotFoundError(f"there is no update round {update_round}")
    return [found[unit_index] for unit_index in sorted(found)]


def _starts(
    index: TensorIndex, units: list[Unit], parts: list[Part], temporal: set[int]
) -> list[list[Unit]]:
    """What decodes NDUs behind one NNR_STR, as bitstreams that each begin with one.

    `temporal` are the NDUs whose bits depend on the values of the round before.
    """
    starts: list[list[Unit]] = []
    for number in index.decodable(parts):
        unit = units[number]
        if unit.nnr_unit_type == NNRUnitType.NNR_STR:
            starts.append([])
        if not starts:
            raise NotDecodableError("there is no NNR_STR before it", unit_index=number)
        starts[-1].append(unit)
    # Without temporal context modelling, earlier rounds say nothing about the bits of this one.
    return starts if any(unit.index in temporal for unit in starts[-1]) else starts[-1:]


def _size(sizes: dict[int, _Size], unit: Unit) -> int:
    size = sizes.get(unit.index, 0)  # 0: no NNR_NDU
    if isinstance(size, int):
        return size
    fault, reason = size
    raise fault(reason, unit_index=unit.index)


def decoded_size(ndu: ParsedUnit) -> int:
    """Return how many bytes the tensors of an NNR_NDU take when decoded, by its header.

    Raises:
        CodecError: the header does not say it.
        DecodedSizeError: a tensor has more elements than the codec can address.
    """
    index = ndu.unit.index if isinstance(ndu.unit, Unit) else None
    if ndu.incomplete is not None:
        raise NotDecodableError(f"the header is incomplete: {ndu.incomplete}", unit_index=index)
    header = ndu.header
    dimensions = header.get("tensor_dimensions")
    if not dimensions:
        raise NotDecodableError("the dimensions are not in the bitstream", unit_index=index)
    if "partial_data_counter" in header:
        raise NotDecodableError("the codec does not put divided tensors together", unit_index=index)
    elements = math.prod(dimensions)
    largest = total = elements
    if header.get("nnr_compressed_data_unit_payload_type") == PayloadType.PT_BLOCK:
        # The others of a block have one element for each row of the weight.
        total += dimensions[0] * (header.get("count_topology_elements_minus2", 0) + 1)
    if "decomposition_rank" in header:
        rank, rows = header["decomposition_rank"], header["g_number_of_rows"]
        if not rows:
            raise NotDecodableError("a decomposed tensor has no rows", unit_index=index)
        parts = rank * rows + rank * (elements // rows)
        largest = max(largest, parts)
        total += parts
    if largest > MOST_ELEMENTS:
        raise DecodedSizeError(
            f"a tensor has {largest} elements; the codec can address {MOST_ELEMENTS}",
            unit_index=index,
        )
    return total * ELEMENT_SIZE
