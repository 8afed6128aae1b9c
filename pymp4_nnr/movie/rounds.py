"""Rounds of incremental training in an NNR track."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Round:
    """A round of training, which was added to the file as one.

    Attributes:
        number: from 1 on.
        samples: 0-based indices of its samples.
        time: when it arrived, in seconds since the start of 1970 in UTC; None if not known.
    """

    number: int
    samples: range
    time: float | None
