"""Rules about the headers of the movie, of its tracks and their media (ISO/IEC 14496-12, 8.2-8.4).

Also about what tracks refer to, and their edit lists.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...boxes.header import MAX_32
from ...boxes.node import Node
from ...movie.track import is_self_contained
from .checked_file import QUICKTIME, CheckedFile, CheckedTrack, intact
from .rules import ISOBMFF, error, warning
from .sample_entries import check_entries

TRAK_MISSING = warning("moov-trak-missing", ISOBMFF + "8.3.1", "The movie has a track.")
TIMESCALE = error("timescale", ISOBMFF + "8.2.2.3, 8.4.2.3", "A timescale is not 0.")
TRACK_ID = error("track-id", ISOBMFF + "8.3.2.3", "A track_ID is not 0.")
TRACK_ID_REPEATED = error(
    "track-id-repeated", ISOBMFF + "8.3.2.3", "No two tracks have the same track_ID."
)
NEXT_TRACK_ID = error(
    "next-track-id", ISOBMFF + "8.2.2.3", "`next_track_ID` is larger than every track_ID."
)
MOVIE_DURATION = warning(
    "movie-duration",
    ISOBMFF + "8.2.2.3",
    "The duration in `mvhd` is that of the longest track.",
)
TRACK_DURATION = warning(
    "track-duration",
    ISOBMFF + "8.3.2.3",
    "The duration in `tkhd` is the sum of the edits, or without edits that of the media.",
)
MEDIA_DURATION = warning(
    "media-duration",
    ISOBMFF + "8.4.2.3",
    "The duration in `mdhd` is the sum of the durations of the samples.",
)
MEDIA_HEADER = error(
    "media-header", ISOBMFF + "8.4.5.1", "`minf` has the media header of its handler, once."
)
ELNG_PLACE = error("elng-place", ISOBMFF + "8.4.6", "`elng` comes behind `mdhd`.")
TREF_ZERO = error("tref-zero", ISOBMFF + "8.3.3.3", "A track does not refer to track 0.")
TREF_TRACK = warning(
    "tref-track", ISOBMFF + "8.3.3.3", "A track refers to other tracks, which are in the file."
)
EDIT_LAST_EMPTY = error("edit-last-empty", ISOBMFF + "8.6.6.1", "The last edit is not empty.")
EDIT_TIME = error("edit-time", ISOBMFF + "8.6.6.3", "The `media_time` of an edit is -1 or more.")
EDIT_RATE = error("edit-rate", ISOBMFF + "8.6.6.3", "The rate of an edit is 0 or 1.")
EDIT_OUTSIDE = warning(
    "edit-outside", ISOBMFF + "8.6.6.1", "An edit begins before the end of the media."
)
_MEDIA_HEADERS = {
    "vide": b"vmhd",
    "soun": b"smhd",
    "hint": b"hmhd",
    "subt": b"sthd",
    "meta": b"nmhd",
    "text": b"nmhd",
    "nnet": b"nmhd",
}
"""The media header of each handler (12.1.2, 12.2.2, 12.3.2, 12.4.2, 12.5.2, 12.6.2)."""

_ALL_HEADERS = frozenset((*_MEDIA_HEADERS.values(), b"gmhd"))


def read_tracks(file: CheckedFile) -> None:
    """Read what the rules need to know of the tracks."""
    file.fragmented = intact(file.moov, b"mvex") is not None
    for trak in file.moov.children(b"trak") if file.moov is not None else ():
        track = CheckedTrack(trak)
        tkhd, mdhd = intact(trak, b"tkhd"), intact(trak, b"mdia", b"mdhd")
        hdlr = intact(trak, b"mdia", b"hdlr")
        track.track_id = tkhd.integer("track_ID") if tkhd else 0
        track.timescale = mdhd.integer("timescale") if mdhd else 0
        track.handler_type = hdlr.data("handler_type").decode("latin-1") if hdlr else ""
        track.stbl = intact(trak, b"mdia", b"minf", b"stbl")
        stsd = intact(track.stbl, b"stsd")
        track.entries = stsd.rows("entries") if stsd else []
        stts = intact(track.stbl, b"stts")
        if stts is not None:
            counts, deltas = (stts.integers("entries", n) for n in ("sample_count", "sample_delta"))
            track.duration = sum(map(int.__mul__, counts, deltas))
        dref = intact(trak, b"mdia", b"minf", b"dinf", b"dref")
        if dref is not None:
            track.self_contained = all(map(is_self_contained, dref.rows("data_entries")))
        for duration, time, _ in _edits(intact(trak, b"edts", b"elst")):
            if time != -1:
                track.media_time = time
                break
            track.delay += duration
        file.tracks.append(track)


def check_movie(file: CheckedFile) -> None:
    """Check `moov`, but for the sample tables."""
    moov, findings = file.moov, file.findings
    if moov is None:
        return
    if not file.tracks:
        findings.add(TRAK_MISSING, "there is no trak", moov)
    mvhd = intact(moov, b"mvhd")
    timescale = mvhd.integer("timescale") if mvhd else 0
    if mvhd is not None:
        if not timescale:
            findings.add(TIMESCALE, "the timescale is 0", mvhd)
        largest = max((track.track_id for track in file.tracks), default=0)
        following = mvhd.integer("next_track_ID")
        if following <= largest:
            findings.add(
                NEXT_TRACK_ID, f"next_track_ID is {following}, there is track {largest}", mvhd
            )
    seen = set()
    for track in file.tracks:
        tkhd = intact(track.box, b"tkhd")
        if tkhd is not None:
            if not track.track_id:
                findings.add(TRACK_ID, "the track_ID is 0", tkhd)
            elif track.track_id in seen:
                findings.add(
                    TRACK_ID_REPEATED, f"another track has the track_ID {track.track_id}", tkhd
                )
            seen.add(track.track_id)
        _check_track(file, track, timescale)
    if mvhd is not None and timescale:
        _check_movie_duration(file, mvhd)


def _check_track(file: CheckedFile, track: CheckedTrack, timescale: int) -> None:
    mdhd = intact(track.box, b"mdia", b"mdhd")
    if mdhd is not None:
        if not track.timescale:
            file.findings.add(TIMESCALE, "the timescale is 0", mdhd)
        told = mdhd.integer("duration")
        whole = intact(track.stbl, b"stts") is not None
        if whole and not file.fragmented and told != _unknown(mdhd) and told != track.duration:
            file.findings.add(
                MEDIA_DURATION, f"the duration is {told}, the samples last {track.duration}", mdhd
            )
    elng = intact(track.box, b"mdia", b"elng")
    if elng is not None and mdhd is not None and elng.header.offset < mdhd.header.offset:
        file.findings.add(ELNG_PLACE, "it comes before mdhd", elng)
    _check_media_header(file, track)
    _check_references(file, track)
    _check_edits(file, track, timescale)
    check_entries(file, track)


def _check_media_header(file: CheckedFile, track: CheckedTrack) -> None:
    minf = intact(track.box, b"mdia", b"minf")
    wanted = _MEDIA_HEADERS.get(track.handler_type)
    if minf is None or wanted is None or QUICKTIME in file.brands or not file.brands:
        return
    found = [child.type for child in minf.children() if child.type in _ALL_HEADERS]
    if found != [wanted]:
        shown = ", ".join(code.decode() for code in found) or "none"
        file.findings.add(
            MEDIA_HEADER,
            f"the media header is {shown}; the handler {track.handler_type} has {wanted.decode()}",
            minf,
        )


def _check_references(file: CheckedFile, track: CheckedTrack) -> None:
    tref = intact(track.box, b"tref")
    for reference in tref.children() if tref is not None else ():
        numbers = reference.integers("track_IDs") if reference.has("track_IDs") else ()
        if 0 in numbers:
            file.findings.add(TREF_ZERO, "it refers to track 0", reference)
        if track.track_id in numbers:
            file.findings.add(TREF_TRACK, "the track refers to itself", reference)
        absent = [number for number in numbers if number and file.track(number) is None]
        if absent:
            file.findings.add(TREF_TRACK, f"there is no track {absent[0]}", reference)


def _check_edits(file: CheckedFile, track: CheckedTrack, timescale: int) -> None:
    findings = file.findings
    tkhd, elst = intact(track.box, b"tkhd"), intact(track.box, b"edts", b"elst")
    rows = list(_edits(elst))
    shown = sum(duration for duration, _, _ in rows)
    for number, (_, time, rate) in enumerate(rows, 1):
        if time < -1:
            findings.add(EDIT_TIME, f"edit {number} has the media_time {time}", elst)
            break
        if time > track.duration and track.duration and not file.fragmented:
            findings.add(
                EDIT_OUTSIDE,
                f"edit {number} begins at {time}, the media end at {track.duration}",
                elst,
            )
            break
        if rate not in ((0, 0), (1, 0)):
            findings.add(EDIT_RATE, f"edit {number} has the rate {rate[0]}.{rate[1]}", elst)
            break
    if rows and rows[-1][1] == -1:
        findings.add(EDIT_LAST_EMPTY, "the last edit is empty", elst)
    whole = rows or (track.timescale and intact(track.stbl, b"stts") is not None)
    if tkhd is None or not timescale or file.fragmented or not whole:
        return
    told = tkhd.integer("duration")
    wanted = float(shown)
    if not rows and track.timescale:
        wanted = track.duration * timescale / track.timescale
    if told != _unknown(tkhd) and abs(told - wanted) > 1:
        findings.add(
            TRACK_DURATION,
            f"the duration is {told}, that of the {'edits' if rows else 'media'} {round(wanted)}",
            tkhd,
        )


def _edits(elst: Node | None) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """The rows of an edit list: segment_duration, media_time, rate."""
    if elst is None:
        return
    columns = (
        elst.integers("entries", name)
        for name in (
            "segment_duration",
            "media_time",
            "media_rate_integer",
            "media_rate_fraction",
        )
    )
    for duration, time, integer, fraction in zip(*columns, strict=True):
        yield duration, time, (integer, fraction)


def _check_movie_duration(file: CheckedFile, mvhd: Node) -> None:
    if file.fragmented:
        return
    found = [
        (tkhd.integer("duration"), _unknown(tkhd))
        for tkhd in (intact(track.box, b"tkhd") for track in file.tracks)
        if tkhd is not None
    ]
    told = mvhd.integer("duration")
    if told == _unknown(mvhd) or not found or any(one == other for one, other in found):
        return
    longest = max(one for one, _ in found)
    if abs(told - longest) > 1:
        file.findings.add(
            MOVIE_DURATION, f"the duration is {told}, that of the longest track {longest}", mvhd
        )


def _unknown(box: Node) -> int:
    """The duration that says that it is not known: all bits are set."""
    return 0xFFFFFFFFFFFFFFFF if box.integer("version") else MAX_32
