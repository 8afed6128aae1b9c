"""How much a file may give that it has once and refers to many times."""

from __future__ import annotations

REPEATED = 1 << 26
"""Bytes that units of sample groups, and properties of items, may have beyond the size of the file.

Several samples, or items, can share one.
"""


def most_repeated(size: int, limit: int) -> int:
    """Bytes that units of sample groups, or properties of items, may have together.

    Args:
        size: bytes of the file.
        limit: bytes that the caller allows in any case, or 0.
    """
    return max(size + REPEATED, limit)
