"""Where rules are broken: findings, and the report of all."""

from __future__ import annotations

import marshal
import tempfile
import threading
import weakref
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, overload

from ...boxes.node import Node
from ...errors import NNRError
from .rules import Rule, Severity

_MEMORY = 1 << 20
"""Bytes of findings that are held in memory; the others are in a temporary file."""

_MANY = frozenset(
    f"{name.decode()}[0]"
    for name in (
        *(b"trak", b"trex", b"moof", b"traf", b"trun", b"sidx", b"tfra", b"meta"),
        *(b"sbgp", b"sgpd", b"csgp", b"subs", b"saiz", b"saio"),
    )
)
"""Boxes of which there may be several beside each other: their paths have an index."""

FINDINGS_OF_A_RULE = 100
"""Findings of each rule that a report holds, unless the caller says otherwise."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a rule is broken.

    Attributes:
        rule: the rule, with its id, clause and severity.
        reason: what is wrong there, in words.
        file: of several files, 0-based index of the one that it is in; of one file, 0.
        offset: byte offset in that file of the box or sample concerned, or None.
        box_path: path of the box concerned, such as ``moov/trak[1]/mdia``, or None.
        track_id: `track_ID` of the track concerned, or None.
        sample_number: 1-based number of the sample concerned, or None.
        unit_index: 0-based index of the NNR unit concerned, in its bitstream, or None.
        code: of the error that reading ended with, for the rule ``readable``; else None.
    """

    rule: Rule
    reason: str
    file: int = 0
    offset: int | None = None
    box_path: str | None = None
    track_id: int | None = None
    sample_number: int | None = None
    unit_index: int | None = None
    code: str | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is: an error, or a warning."""
        return self.rule.severity

    def place(self) -> str:
        """Where it is, in words, without the name of the file."""
        where = []
        if self.box_path:
            where.append(self.box_path)
        elif self.track_id is not None:
            where.append(f"track {self.track_id}")
        if self.sample_number is not None:
            where.append(f"sample {self.sample_number}")
        if self.unit_index is not None:
            where.append(f"unit {self.unit_index}")
        if self.offset is not None:
            where.append(f"byte offset {self.offset}")
        return ", ".join(where)

    def record(self) -> dict[str, str | int | None]:
        """The finding as values that JSON has, with those of its rule."""
        return {
            "rule": self.rule.id,
            "severity": self.severity.value,
            "clause": self.rule.clause,
            "message": self.reason,
            "code": self.code,
            "file": self.file,
            "offset": self.offset,
            "box_path": self.box_path,
            "track_id": self.track_id,
            "sample_number": self.sample_number,
            "unit_index": self.unit_index,
        }

    def __str__(self) -> str:
        where = self.place()
        return f"{self.severity}: {where + ': ' if where else ''}{self.reason} [{self.rule.id}]"


_TOLD = [field.name for field in fields(Finding)][1:]
"""What a finding tells, but for its rule."""


class KeptFindings(Sequence[Finding]):
    """Findings in their order, in a temporary file where there are many."""

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        self._file = tempfile.SpooledTemporaryFile(_MEMORY)  # noqa: SIM115 - closed when unused
        self._finalizer = weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._starts = array("Q", (0,))
        self._rules: list[Rule] = []
        self._of_rule: dict[Rule, array[int]] = {}  # in the order of `_rules`
        for finding in findings:
            self.append(finding)

    def append(self, finding: Finding) -> None:
        """Add a finding."""
        if finding.rule not in self._of_rule:
            self._of_rule[finding.rule] = array("Q")
            self._rules.append(finding.rule)
        self._of_rule[finding.rule].append(len(self))
        told = [getattr(finding, name) for name in _TOLD]
        data = marshal.dumps([self._rules.index(finding.rule), *told])
        with self._lock:
            self._file.seek(self._starts[-1])
            self._file.write(data)
        self._starts.append(self._starts[-1] + len(data))

    def of_rule(self, rule: Rule) -> Iterator[Finding]:
        """The findings of a rule."""
        return map(self._read, self._of_rule.get(rule, ()))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        places = range(len(self))[index]
        return tuple(map(self._read, places)) if isinstance(places, range) else self._read(places)

    def __iter__(self) -> Iterator[Finding]:
        return map(self._read, range(len(self)))

    def _read(self, place: int) -> Finding:
        start, end = self._starts[place], self._starts[place + 1]
        with self._lock:
            self._file.seek(start)
            data = self._file.read(end - start)
        rule, *told = marshal.loads(data)
        return Finding(self._rules[rule], *told)


class Report(Sequence[Finding]):
    """What `check` found: a sequence of findings, in the order of the checks.

    Attributes:
        format: ``"mp4"``, or ``"nnr"`` for a bitstream.
        size: bytes of all files.
        counts: how often each rule is broken, by its id. A report holds a limited number of
            findings of each rule; all are counted.
        errors, warnings: how many findings of each severity there are, all counted.
    """

    def __init__(
        self, found: Sequence[Finding], counts: Mapping[Rule, int], file_format: str, size: int
    ) -> None:
        self._found = found if isinstance(found, KeptFindings) else KeptFindings(found)
        self._counts = dict(counts)
        self.format = file_format
        self.size = size
        self.counts = {rule.id: count for rule, count in counts.items()}
        self.errors = _total(counts, Severity.ERROR)
        self.warnings = _total(counts, Severity.WARNING)

    def __repr__(self) -> str:
        return f"<Report of {self.errors} error(s) and {self.warnings} warning(s)>"

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._found[index]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found)

    def by_rule(self) -> Iterator[tuple[Rule, Iterator[Finding]]]:
        """Each rule that is broken, in the order of its first finding, with its findings."""
        return ((rule, self._found.of_rule(rule)) for rule in self._counts)

    def __reduce__(self) -> Any:
        """It is pickled with its findings."""
        return Report, (tuple(self), self._counts, self.format, self.size)


def shown_path(path: str) -> str:
    """A path without the index of boxes of which there is usually one."""
    return "/".join(name if name in _MANY else name.removesuffix("[0]") for name in path.split("/"))


def _total(counts: Mapping[Rule, int], severity: Severity) -> int:
    return sum(count for rule, count in counts.items() if rule.severity is severity)


class Findings:
    """Findings as they are made.

    Args:
        limit: how many of each rule are kept; None for all.
        starts: of several files, where each begins in all of them together.

    Attributes:
        kept: those that are kept.
        first: of each rule, as many as a report holds by default.
        counts: how many of each rule there are.
    """

    def __init__(self, limit: int | None, starts: Sequence[int]) -> None:
        self.kept = KeptFindings()
        self.first: list[Finding] = []
        self.counts: Counter[Rule] = Counter()
        self._limit = limit
        self._starts = starts

    @property
    def errors(self) -> int:
        """How many errors there are so far."""
        return _total(self.counts, Severity.ERROR)

    def add(
        self,
        rule: Rule,
        reason: str,
        box: Node | None = None,
        *,
        box_path: str | None = None,
        offset: int | None = None,
        track_id: int | None = None,
        sample_number: int | None = None,
        unit_index: int | None = None,
        code: str | None = None,
    ) -> None:
        """Note that a rule is broken.

        Args:
            rule: the rule.
            reason: what is wrong.
            box: the box concerned, which tells `box_path` and `offset` where these are not given.
            box_path, offset, track_id, sample_number, unit_index, code: as in `Finding`; the offset
                counts through all files.
        """
        self.counts[rule] += 1
        if self._limit is not None and self.counts[rule] > self._limit:
            return
        if box is not None:
            box_path = box.path if box_path is None else box_path
            offset = box.header.offset if offset is None else offset
        box_path = None if box_path is None else shown_path(box_path)
        file = 0
        if offset is not None:
            file = max(bisect_right(self._starts, offset) - 1, 0)
            offset -= self._starts[file] if self._starts else 0
        place = file, offset, box_path, track_id, sample_number, unit_index
        finding = Finding(rule, reason, *place, code)
        self.kept.append(finding)
        if self.counts[rule] <= FINDINGS_OF_A_RULE:
            self.first.append(finding)

    def add_error(self, rule: Rule, error: NNRError, track_id: int | None = None) -> None:
        """Note that reading failed with an error, which tells the place."""
        self.add(
            rule,
            error.reason,
            box_path=error.box_path,
            offset=error.offset,
            unit_index=error.unit_index,
            track_id=track_id,
            code=error.code,
        )
