"""What a rule is, and the list of all rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RULES: dict[str, Rule] = {}
"""All rules by their id, once the modules that declare them have been imported."""

ISOBMFF = "ISO/IEC 14496-12, "
"""What the clauses of most rules begin with."""

FORMAT = "the file format"
"""The clause of rules for NNR tracks, whose format docs/format.md describes."""


class Severity(StrEnum):
    """How bad it is to break a rule.

    An error is what the standard or format forbids; a warning is what they advise against, or
    what is allowed and yet misleads readers.
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of conformance.

    Attributes:
        id: its name, which does not change from version to version.
        clause: where it comes from: a standard and a clause of it.
        severity: how bad it is to break it.
        text: what must be so, in a sentence.
    """

    id: str
    clause: str
    severity: Severity
    text: str


def error(rule_id: str, clause: str, text: str) -> Rule:
    """Declare a rule that is an error to break."""
    return _declare(Rule(rule_id, clause, Severity.ERROR, text))


def warning(rule_id: str, clause: str, text: str) -> Rule:
    """Declare a rule that gives a warning where it is broken."""
    return _declare(Rule(rule_id, clause, Severity.WARNING, text))


def _declare(rule: Rule) -> Rule:
    if rule.id in RULES:
        raise ValueError(f"there are two rules {rule.id}")
    RULES[rule.id] = rule
    return rule
