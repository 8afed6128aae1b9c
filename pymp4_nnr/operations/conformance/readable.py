"""The rule that the readers of this package can read a file."""

from __future__ import annotations

from ...errors import NNRError
from .findings import Findings, shown_path
from .rules import FORMAT, Rule, Severity, error

READABLE = error(
    "readable",
    FORMAT,
    "The file can be read. The finding has the code of the error that reading ended with.",
)


def add_unreadable(
    findings: Findings, problem: NNRError, track_id: int | None = None, rule: Rule = READABLE
) -> None:
    """Note that reading failed, unless another rule has said why."""
    path = shown_path(problem.box_path or "")
    for found in findings.first:
        if found.severity is Severity.ERROR and (
            found.reason in problem.reason
            or (found.offset is not None and found.offset == problem.offset)
            or (path and found.box_path and _related(found.box_path, path))
        ):
            return
    findings.add_error(rule, problem, track_id)


def _related(one: str, other: str) -> bool:
    """Whether one box is the other, or in it."""
    one, other = f"{one}/", f"{other}/"
    return one.startswith(other) or other.startswith(one)
