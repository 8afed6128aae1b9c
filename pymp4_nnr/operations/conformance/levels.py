"""Rules about levels of samples and properties of tracks in `mvex` (ISO/IEC 14496-12, 8.8.13)."""

from __future__ import annotations

from ...boxes.node import Node
from .checked_file import CheckedFile, all_intact
from .rules import ISOBMFF, error

LEVA_COUNT = error("leva-count", ISOBMFF + "8.8.13.3", "`leva` has two levels or more.")
LEVA_TRACK = error("leva-track", ISOBMFF + "8.8.13.3", "The tracks of levels are there.")
LEVA_TYPE = error(
    "leva-type",
    ISOBMFF + "8.8.13.3",
    "The `assignment_type` of levels is 2 or 3 as often as wanted, and then one of 0 to 4.",
)
TREP_TRACK = error(
    "trep-track", ISOBMFF + "8.8.15", "The track of a `trep` is there, and no other is about it."
)

_BY_TRACK = (2, 3)
_MAX_TYPE = 4


def check_levels(file: CheckedFile, mvex: Node) -> None:
    """Check `leva` and `trep` in `mvex`."""
    for leva in all_intact(mvex, b"leva"):
        _check_levels(file, leva)
    seen = set()
    for trep in all_intact(mvex, b"trep"):
        number = trep.integer("track_ID")
        if number in seen:
            file.findings.add(TREP_TRACK, f"there is another one of track {number}", trep)
        elif file.track(number) is None:
            file.findings.add(TREP_TRACK, f"there is no track {number}", trep)
        seen.add(number)


def _check_levels(file: CheckedFile, leva: Node) -> None:
    levels = leva.rows("levels")
    if len(levels) < 2:
        file.findings.add(LEVA_COUNT, f"it has {len(levels)}", leva)
    other: int | None = None
    for number, level in enumerate(levels, 1):
        track, kind = level.integer("track_ID"), level.integer("assignment_type")
        if file.track(track) is None:
            file.findings.add(LEVA_TRACK, f"there is no track {track}, of level {number}", leva)
            return
        wrong = kind > _MAX_TYPE or (other is not None and kind != other)
        if wrong:
            file.findings.add(LEVA_TYPE, f"that of level {number} is {kind}", leva)
            return
        other = None if kind in _BY_TRACK and other is None else kind
