"""When the tracks of a movie have how many bytes, for a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ...boxes.header import BoxHeader
from ...boxes.scan import scan_node
from ...escape import printable
from ...io.ranges import read_exactly
from ...movie.movie import Movie
from ...movie.timing import movie_timescale
from ...movie.track import Track

BINS = 240
"""Points of the chart."""

NAMES = {"vide": "video", "soun": "audio"}

SHOWN_NAME = 80


@dataclass(frozen=True, slots=True)
class Lane:
    """A track in the chart.

    Attributes:
        title: what the track is.
        kind: as of a `Block`.
        start, end: in seconds of the movie.
        samples: how many there are, in `stbl` and in fragments.
        size: bytes of all samples.
        path: of the area, in an SVG of `BINS` by 100 whose y axis points down.
        left, width: of the time that the track lasts, in percent of the chart.
    """

    title: str
    kind: str
    start: float
    end: float
    samples: int
    size: int
    path: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some bytes between two times, in seconds."""

    start: float
    end: float
    size: int


def kind_of_track(track: Track, is_nnr: bool) -> str:
    """The kind of the blocks of a track."""
    return "layer" if is_nnr else NAMES.get(track.handler_type, "other")


def title_of_track(track: Track) -> str:
    """A track in a few words."""
    name = printable(track.name)[:SHOWN_NAME]
    entries = " ".join(printable(code.decode("latin-1")) for code in track.sample_entry_types()[:3])
    return f"track {track.track_id}: {entries or 'no sample entry'}{f', {name}' if name else ''}"


def lanes(
    movie: Movie, tracks: Sequence[Track], kinds: dict[int, str], sizes: dict[int, int]
) -> tuple[Lane, ...]:
    """Some tracks, in their order.

    Args:
        movie: an open movie.
        tracks: of it.
        kinds: of blocks, by track_ID.
        sizes: bytes of the samples, by track_ID.

    Raises:
        SampleTableError: boxes are missing or broken.
    """
    timescale = movie_timescale(movie)
    pieces = _fragment_pieces(movie)
    ends = movie.fragment_times()[1] if pieces else {}
    found: list[tuple[Track, int, list[Stretch]]] = []
    for track in tracks:
        if not track.timescale or track.track_id not in kinds:
            continue
        empty, media_time = track.start_edit
        shift = empty / timescale - media_time / track.timescale
        samples, stretches = _table_stretches(track, shift)
        in_fragments = pieces.get(track.track_id, [])
        samples += sum(count for _, _, count in in_fragments)
        end = ends.get(track.track_id, 0)
        stretches += _fragment_stretches(in_fragments, track.timescale, shift, end)
        found.append((track, samples, stretches))
    first = min((one.start for _, _, all_ in found for one in all_), default=0.0)
    last = max((one.end for _, _, all_ in found for one in all_), default=0.0)
    return tuple(
        _lane(
            track, kinds[track.track_id], samples, sizes.get(track.track_id, 0), all_, first, last
        )
        for track, samples, all_ in found
    )


def _table_stretches(track: Track, shift: float) -> tuple[int, list[Stretch]]:
    """The number of samples in `stbl`, and their bytes in at most a few thousand stretches."""
    stbl = track.sample_table
    stts = stbl.need(b"stts")
    counts = stts.integers("entries", "sample_count")
    deltas = stts.integers("entries", "sample_delta")
    sizes, fixed, number = _sizes(track)
    step = max(1, number // 4000)
    stretches: list[Stretch] = []
    at = time = 0
    for count, delta in zip(counts, deltas, strict=True):
        count = min(count, number - at)
        done = 0
        while done < count:
            some = min(step, count - done)
            size = sum(islice(sizes, some)) if sizes is not None else fixed * some
            begin = (time + done * delta) / track.timescale + shift
            end = (time + (done + some) * delta) / track.timescale + shift
            stretches.append(Stretch(begin, end, size))
            done += some
        at += count
        time += count * delta
        if at >= number:
            break
    return number, stretches


def _sizes(track: Track) -> tuple[Iterator[int] | None, int, int]:
    """Sizes of the samples in `stbl`, or the one that all have, and how many there are."""
    stsz = track.sample_table.find(b"stsz")
    if stsz is None:
        sizes = track.sample_table.need(b"stz2").integers("entries", "entry_size")
        return iter(sizes), 0, len(sizes)
    fixed = stsz.integer("sample_size")
    if fixed:
        return None, fixed, stsz.integer("sample_count")
    sizes = stsz.integers("entry_sizes")
    return iter(sizes), 0, len(sizes)


def _fragment_pieces(movie: Movie) -> dict[int, list[tuple[int | None, int, int]]]:
    """For each track_ID the fragments: decode time in ticks, bytes, number of samples."""
    found: dict[int, list[tuple[int | None, int, int]]] = {}
    moofs = [header for header in movie.boxes if header.type == b"moof"]
    if not moofs:
        return found
    for header, fragment in zip(moofs, movie.fragments, strict=True):
        times = _decode_times(movie, header)
        for track in fragment.tracks:
            size = sum(run.range.size for run in track.runs)
            count = sum(len(run.sizes) for run in track.runs)
            time = times.get(track.traf.offset)
            found.setdefault(track.track_id, []).append((time, size, count))
    return found


def _decode_times(movie: Movie, header: BoxHeader) -> dict[int, int]:
    """`baseMediaDecodeTime` by the offset of each `traf` of a `moof`."""
    moof = scan_node(read_exactly(movie.source, *header.range), header)
    found = {}
    for traf in moof.children(b"traf"):
        tfdt = traf.find(b"tfdt")
        if tfdt is not None:
            found[traf.header.offset] = tfdt.integer("baseMediaDecodeTime")
    return found


def _fragment_stretches(
    pieces: list[tuple[int | None, int, int]], timescale: int, shift: float, end: int
) -> list[Stretch]:
    """The bytes of the fragments of a track; each lasts until the next one starts."""
    times: list[int] = []
    for time, _, _ in pieces:
        times.append(time if time is not None else times[-1] if times else 0)
    ends = [*times[1:], max(end, times[-1])] if times else []
    return [
        Stretch(start / timescale + shift, max(start, stop) / timescale + shift, size)
        for (_, size, _), start, stop in zip(pieces, times, ends, strict=True)
    ]


def _lane(
    track: Track,
    kind: str,
    samples: int,
    size: int,
    stretches: list[Stretch],
    first: float,
    last: float,
) -> Lane:
    """One track, as an area over the time that the whole movie lasts."""
    span = max(last - first, 1e-9)
    start = min((one.start for one in stretches), default=first)
    end = max((one.end for one in stretches), default=first)
    bins = [0.0] * BINS
    for one in stretches:
        begin = (one.start - first) / span * BINS
        width = max((one.end - one.start) / span * BINS, 1e-9)
        for index in range(max(int(begin), 0), min(int(begin + width) + 1, BINS)):
            overlap = min(index + 1, begin + width) - max(index, begin)
            bins[index] += one.size * max(overlap, 0.0) / width
    most = max(bins) or 1.0
    points = "".join(
        f"L{index},{100 - value / most * 96:.1f}L{index + 1},{100 - value / most * 96:.1f}"
        for index, value in enumerate(bins)
    )
    return Lane(
        title=title_of_track(track),
        kind=kind,
        start=start,
        end=end,
        samples=samples,
        size=size,
        path=f"M0,100{points}L{BINS},100Z",
        left=(start - first) / span * 100,
        width=(end - start) / span * 100,
    )
