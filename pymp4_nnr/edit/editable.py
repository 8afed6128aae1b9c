"""Which files can be rewritten without harm."""

from __future__ import annotations

from bisect import bisect_right

from ..errors import NotEditableError, SampleOutsideFileError, TrackIDError
from ..movie.movie import Movie

_EDITED = frozenset((b"moov", b"moof", b"meta", b"mfra", b"sidx"))
"""Boxes that are not copied as they are: samples in them would not be found again."""


def check_editable(movie: Movie) -> None:
    """Refuse files that cannot be rewritten without harm, before anything is written.

    Raises:
        FileFormatError: `moov` is compressed or broken, or two tracks have the same track_ID.
        SampleTableError: sample tables or fragments are broken, or point outside the file.
        TrackError: samples lie in other files.
    """
    moov = movie.moov
    if moov.children(b"cmov"):
        raise NotEditableError("the movie box is compressed (cmov)", box_path="moov")
    if moov.is_raw or moov.trailing:
        raise NotEditableError(f"the box is broken ({moov.note})", box_path="moov")
    moov.need(b"mvhd")
    moov.intact(b"trak")
    seen = set()
    for track in movie.all_tracks:
        if track.track_id in seen:
            raise TrackIDError(f"two tracks have track_ID {track.track_id}", box_path="moov")
        seen.add(track.track_id)
    _check_samples(movie)


def _check_samples(movie: Movie) -> None:
    """Samples that lie in several boxes, or in one that is edited, would not come out whole.

    Raises:
        SampleTableError: there are such samples, or some point outside the file.
    """
    starts = [header.offset for header in movie.boxes]
    for track_id, extents in movie.extents().items():
        for place in extents:
            header = movie.boxes[bisect_right(starts, place.offset) - 1]
            if header.type in _EDITED or not header.body.contains(place):
                raise SampleOutsideFileError(
                    f"samples of track {track_id} do not lie in media data", offset=place.offset
                )
