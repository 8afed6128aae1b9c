"""Rules about the samples of NNR tracks: one unit each, with the flags that it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise, repeat
from typing import NamedTuple, TypedDict

from ...bitstream.unit import NNRUnitType, unit_type_name
from ...bitstream.unit_header import MAX_HEADER_SIZE, read_unit_header
from ...boxes.node import Node
from ...errors import NNRError
from ...io.ranges import read_exactly
from ...movie.header_reads import HeaderReads
from ...movie.sample_table import chunk_samples, total_size
from ...movie.unit_groups import split_units
from .checked_file import CheckedFile, CheckedTrack, intact
from .rules import FORMAT, error, warning
from .sample_groups import carriers_of

SAMPLE_IS_UNIT = error(
    "nnr-sample-unit", FORMAT, "A sample is one NNR unit, with the size that its header tells."
)
SAMPLE_IS_NDU = error("nnr-sample-ndu", FORMAT, "The unit in a sample is an NNR_NDU.")
SYNC = error(
    "nnr-sync",
    FORMAT + "; ISO/IEC 14496-12, 8.6.2, 8.8.3.1",
    "A sample is a sync sample if its `independently_decodable_flag` is 1, and else it is not.",
)
CARRIER = error(
    "nnr-carrier",
    FORMAT,
    "A sample that its group calls units holds whole units, none of them an NNR_NDU.",
)
OVERLAP = warning("nnr-overlap", FORMAT, "The samples of a network do not overlap.")


class _Place(TypedDict):
    """Where a sample is."""

    offset: int
    track_id: int
    sample_number: int


class Carriers(NamedTuple):
    """Samples that are units, and no NNR_NDU, as their groups say.

    Attributes:
        samples: 0-based indices in the `stbl` or `traf`.
        first: index there of the first sample at hand.
    """

    samples: Collection[int]
    first: int


NO_CARRIERS = Carriers((), 0)


class SampleChecker:
    """Checks the samples of an NNR track, in their order.

    Args:
        file: what is checked.
        track: the track.
    """

    def __init__(self, file: CheckedFile, track: CheckedTrack) -> None:
        self._file = file
        self._track = track
        self._runs: list[tuple[int, int]] = []
        self._bytes = 0
        self.count = 0

    def takes(self, size: int) -> bool:
        """Whether so many bytes of samples are still looked at; they count from now on."""
        self._file.samples_left -= size
        return self._file.samples_left >= 0

    def add(
        self,
        box: Node,
        offset: int,
        sizes: Sequence[int],
        sync: Iterable[bool],
        carriers: Carriers = NO_CARRIERS,
    ) -> None:
        """Check samples that lie next to each other.

        Once they have more bytes together than they may, they overlap, and no more are checked.

        Args:
            box: that tells of them.
            offset: of the first.
            sizes: of the samples.
            sync: whether they are sync samples.
            carriers: which of them are units.
        """
        source, findings = self._file.source, self._file.findings
        track_id = self._track.track_id
        total = total_size(sizes)
        self._bytes += total
        self._runs.append((offset, offset + total))
        if total < len(sizes):
            reason = f"one of {len(sizes)} samples has no bytes"
            findings.add(SAMPLE_IS_UNIT, reason, box, offset=offset, track_id=track_id)
        if total < len(sizes) or self._bytes > self._file.most_bytes or not self.takes(total):
            return
        reads = None
        if source.is_remote:
            reads = HeaderReads(source, list(accumulate(sizes, initial=offset)), sizes, None)
        for index, (size, is_sync) in enumerate(zip(sizes, sync, strict=False), carriers.first):
            self.count += 1
            if reads is not None:
                reads.need(index - carriers.first)
            place = _Place(offset=offset, track_id=track_id, sample_number=self.count)
            if index in carriers.samples:
                self._check_carrier(box, offset, size, place)
                offset += size
                continue
            try:
                head = read_exactly(source, offset, min(size, MAX_HEADER_SIZE), ahead=True)
                told, kind, flag, _ = read_unit_header(head, 0)
            except NNRError as problem:
                findings.add(SAMPLE_IS_UNIT, problem.reason, box, **place)
                offset += size
                continue
            if told != size:
                findings.add(
                    SAMPLE_IS_UNIT,
                    f"nnr_unit_size is {told}, the sample has {size} bytes",
                    box,
                    **place,
                )
            elif kind != NNRUnitType.NNR_NDU:
                findings.add(SAMPLE_IS_NDU, f"it is an {unit_type_name(kind)}", box, **place)
            elif bool(flag) != is_sync:
                findings.add(
                    SYNC,
                    f"independently_decodable_flag is {flag}, and yet it is "
                    + ("a sync sample" if is_sync else "no sync sample"),
                    box,
                    **place,
                )
            offset += size

    def finish(self) -> None:
        """Check what can be told when all samples are known."""
        self._runs.sort()
        for (_, end), (start, _) in pairwise(self._runs):
            if start < end:
                self._file.findings.add(
                    OVERLAP,
                    f"there are several at byte {start}",
                    offset=start,
                    track_id=self._track.track_id,
                )
                return

    def _check_carrier(self, box: Node, offset: int, size: int, place: _Place) -> None:
        findings = self._file.findings
        try:
            for unit in split_units(read_exactly(self._file.source, offset, size), offset):
                kind = read_unit_header(unit.data)[1]
                if kind == NNRUnitType.NNR_NDU:
                    findings.add(CARRIER, "there is an NNR_NDU in it", box, **place)
                    break
        except NNRError as problem:
            findings.add(CARRIER, problem.reason, box, **place)


def check_stored_samples(file: CheckedFile, track: CheckedTrack, checker: SampleChecker) -> None:
    """Check the samples of an NNR track that lie in its `stbl`."""
    stbl = track.stbl
    if stbl is None or not track.self_contained or track.samples > file.most_bytes:
        return
    if not checker.takes(track.samples):
        return  # reading the file finds that networks share samples
    stss = intact(stbl, b"stss")
    sync = bytearray(track.samples) if stss is not None else None
    for number in stss.integers("entries", "sample_number") if stss is not None else ():
        if sync is not None and 1 <= number <= track.samples:
            sync[number - 1] = 1
    carriers = carriers_of(track, stbl, track.samples)
    first = 0
    try:
        for offset, sizes, _ in chunk_samples(stbl, file.most_bytes):
            count = len(sizes)
            if file.media_fault(offset, total_size(sizes)) is None:
                flags = map(bool, sync[first : first + count]) if sync is not None else repeat(True)
                checker.add(stbl, offset, sizes, flags, Carriers(carriers, first))
            first += count
    except NNRError:
        return  # found by the rules about sample tables
