"""The order of the fragments of a track: segments may be given in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import FragmentOrderError
from .fragment import Fragment, TrackFragment


def by_track(fragments: Iterable[Fragment]) -> dict[int, list[tuple[int, TrackFragment]]]:
    """`sequence_number` of each fragment and what it holds, by track_ID."""
    found: dict[int, list[tuple[int, TrackFragment]]] = {}
    for fragment in fragments:
        for part in fragment.tracks:
            found.setdefault(part.track_id, []).append((fragment.sequence_number, part))
    return found


def in_order(parts: Sequence[tuple[int, TrackFragment]]) -> list[TrackFragment]:
    """What the fragments hold of a track, in the order in which it is decoded.

    That is the order of the file (8.8.12), unless decode times go back: segments were given in
    another order then. They are sorted where `sequence_number`s and decode times agree on how.
    A gap between two fragments is no fault: the last sample of the first lasts longer.

    Args:
        parts: `sequence_number` of the fragment, and what it holds of the track.

    Raises:
        FragmentOrderError: the decode times contradict each other, or the `sequence_number`s.
    """
    found = [part for _, part in parts]
    wrong = _out_of_order(found)
    if wrong is None:
        return found
    numbers = [number for number, _ in parts]
    by_number = [part for _, part in sorted(parts, key=lambda part: part[0])]
    if len(set(numbers)) == len(numbers) and _out_of_order(by_number, strict=True) is None:
        return by_number
    raise FragmentOrderError(
        "the fragment is decoded before the one in front of it has ended: fragments are out of "
        "order, or one is there twice",
        box_path="moof/traf",
        offset=wrong.traf.offset,
    )


def _out_of_order(parts: Sequence[TrackFragment], *, strict: bool = False) -> TrackFragment | None:
    """The first one that begins before the last sample in front of it; None where none does.

    One that begins while that sample lasts is in order: it may repeat it (see `repeats`), and times
    may be rounded. With `strict` it is not.
    """
    earliest = 0
    time: int | None = None
    for part in parts:
        timing = part.timing
        if timing is None or not any(run.sizes for run in part.runs):
            continue
        if timing.decode_time is not None:
            if time is not None and timing.decode_time < earliest:
                return part
            time = timing.decode_time
        if time is not None:
            time += timing.duration
            earliest = time if strict else time - timing.last_duration
    return None
