"""What the brands of a file allow (ISO/IEC 14496-12, 4.3 and Annex E)."""

from __future__ import annotations

from collections.abc import Collection

_BEFORE_ISO5 = frozenset(
    (
        *(b"isom", b"iso2", b"iso3", b"iso4", b"avc1", b"mp41", b"mp42", b"mp71"),
        *(b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"qt  ", b"M4A ", b"M4V ", b"M4P ", b"f4v "),
    )
)
"""Brands that are older than `iso5`, or made on those that are."""


def allow_base_is_moof(brands: Collection[bytes]) -> bool:
    """Whether fragments may have the flag `default-base-is-moof` (8.8.7.1).

    It came with `iso5`: not where all brands of a file are known to be older.
    """
    return not brands or not _BEFORE_ISO5.issuperset(brands)
