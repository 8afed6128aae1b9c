"""Names of which each is stored as what it has in common with the one before, and the rest."""

from __future__ import annotations

MAX_SHARED = 0xFF
"""Bytes in common with the name before that are told at most."""


def find_front_coded(wanted: bytes, shared: bytes, suffixes: bytes) -> list[int]:
    """Find a name without making all names.

    Args:
        wanted: the name.
        shared: for each name, how many bytes at its start are those of the one before.
        suffixes: the other bytes of each name, and a zero.

    Returns:
        0-based places of the names that are the wanted one, in order.
    """
    found = []
    matched = 0  # bytes that the name before and the wanted one have in common
    for place, (count, suffix) in enumerate(zip(shared, suffixes.split(b"\0"), strict=False)):
        if count > matched:
            continue  # it differs where the one before does
        rest = wanted[count:]
        if suffix == rest:
            found.append(place)
            matched = len(wanted)
        else:
            matched = count + common_size(suffix, rest)
    return found


def common_size(one: bytes, other: bytes) -> int:
    """Number of bytes at the start that are the same, up to `MAX_SHARED`."""
    count = min(len(one), len(other), MAX_SHARED)
    if one[:count] == other[:count]:
        return count
    different = int.from_bytes(one[:count]) ^ int.from_bytes(other[:count])
    return count - (different.bit_length() + 7) // 8
