"""`check`: whether a file follows its standards and formats, rule by rule."""

from __future__ import annotations

from collections.abc import Sequence

from ..bitstream.splitter import split
from ..errors import NNRError
from ..io.progress import Progress
from ..io.source import FilesLike, JoinedSource, Source, open_sources
from ..movie.items import items
from ..movie.movie import Movie
from ..movie.probe import is_mp4
from .conformance import movie as movie_rules
from .conformance import nnr_track
from .conformance.auxiliary import check_auxiliary
from .conformance.checked_file import CheckedFile
from .conformance.findings import FINDINGS_OF_A_RULE, Finding, Findings, Report
from .conformance.fragments import FragmentChecker
from .conformance.indexes import IndexChecker
from .conformance.items import check_items
from .conformance.nnr_samples import SampleChecker, check_stored_samples
from .conformance.readable import add_unreadable
from .conformance.sample_groups import check_groups
from .conformance.samples import check_samples
from .conformance.segment_boxes import check_segment_boxes
from .conformance.top_level import read_top_level


def check(
    source: FilesLike,
    *,
    findings: int | None = FINDINGS_OF_A_RULE,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Check whether a file follows the standards and formats that it claims, rule by rule.

    An MP4 file is checked against ISO/IEC 14496-12, as far as its boxes concern samples, and its
    NNR tracks against the format of this package; an NNR bitstream against ISO/IEC 15938-17.
    `docs/check.md` lists the rules. However broken a file is, that is a finding, not an exception.

    Args:
        source: a path, URL, buffer or binary file object; or several, an initialization segment and
            its media segments in their order.
        findings: of each rule, that the report holds; None for all. All are counted.
        limit: as of `open`: what the file may refer to many times, and mean it.
        progress: called with the number of bytes of units that have been checked since the last
            call: those of networks, in the order of the file.

    Returns:
        The findings, none where no rule is broken.

    Raises:
        OSError: the file cannot be read.
    """
    parts = open_sources(source)
    joined: Source = JoinedSource(parts) if len(parts) > 1 else parts[0]
    try:
        starts = joined.starts if isinstance(joined, JoinedSource) else [0]
        found = Findings(findings, starts)
        file = CheckedFile(joined, starts, found, progress, limit)
        if len(parts) > 1 or is_mp4(joined):
            try:
                _check_mp4(file, parts, limit)
            except NNRError as problem:  # such as a file that shrinks while it is read
                add_unreadable(found, problem)
            found_format = "mp4"
        else:
            _check_bitstream(file)
            found_format = "nnr"
        return Report(found.kept, found.counts, found_format, joined.size)
    finally:
        joined.close()


def _check_bitstream(file: CheckedFile) -> None:
    file.begin(file.source.size)
    try:
        nnr_track.check_syntax(file, ((unit, None) for unit in split(file.source)))
    except NNRError as problem:
        file.findings.add_error(nnr_track.BITSTREAM, problem)


def _check_mp4(file: CheckedFile, parts: Sequence[Source], limit: int | None) -> None:
    read_top_level(file, parts)
    movie_rules.read_tracks(file)
    movie_rules.check_movie(file)
    checkers = {}
    for track in file.tracks:
        check_samples(file, track)
        if track.stbl is not None:
            check_groups(file, track, track.stbl, track.samples)
            check_auxiliary(file, track.stbl, track.samples)
        if track.is_nnr:
            nnr_track.check_entries(file, track)
            checkers[track.track_id] = SampleChecker(file, track)
    for track in file.tracks:
        if track.track_id in checkers:
            check_stored_samples(file, track, checkers[track.track_id])
    fragments = FragmentChecker(file, checkers)
    fragments.check()
    IndexChecker(file, fragments.found).check()
    check_segment_boxes(file)
    check_items(file)
    for checker in checkers.values():
        checker.finish()
    _read(file, parts, limit)


def _read(file: CheckedFile, parts: Sequence[Source], limit: int | None) -> None:
    """Read the file as the other functions of the package do: what these refuse is an error."""
    try:
        movie = Movie(parts, image=True, whole=True, limit=limit)
        for network in movie.tracks:
            nnr_track.check_network(file, network)
        items(movie)
    except NNRError as problem:
        add_unreadable(file.findings, problem)


__all__ = ["Finding", "Report", "check"]
