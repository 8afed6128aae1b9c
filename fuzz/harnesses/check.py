"""`check`: any bytes give a report, and what it finds no error in is restored."""

from __future__ import annotations

from pymp4_nnr import demux
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.operations.check import check

from ..checks import Target

KIND = "movie"


def run(data: bytes) -> None:
    report = check(data)
    if report.errors or report.format != "mp4":
        return
    with Movie(data, image=True) as movie:
        track_ids = [track.track_id for track in movie.tracks]
    for track_id in track_ids:
        demux(data, Target(), track_id=track_id)
