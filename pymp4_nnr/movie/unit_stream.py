"""Units out of a file whose bytes arrive one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from ..bitstream.streamed_units import (
    UnitSteps,
    bitstream_units,
    check_limit,
    held_unit,
)
from ..bitstream.unit import Unit
from ..bitstream.unit_header import MAX_HEADER_SIZE, read_unit_header
from ..boxes.header import (
    HEADER_SIZE,
    LARGESIZE,
    MAX_32,
    MEDIA_DATA,
    TO_END,
    BoxHeader,
    decode_header,
    encode_header,
    header_size,
    show_code,
)
from ..boxes.scan import scan_node
from ..errors import (
    BoxParseError,
    BrokenFileError,
    CutOffFileError,
    LostUnitsError,
    NotMP4Error,
    NotStreamableError,
    RepeatedDataError,
    SampleOutsideFileError,
    SampleSizeError,
    SecondMovieError,
    TrackNotFoundError,
)
from ..io.byte_source import Source
from ..io.incoming import Incoming, Waiting
from ..nnr_error import RAISED
from .configuration import ConfigurationUnit
from .fragment_reader import FragmentReader, holds_track
from .movie import Movie
from .probe import FIRST_BOXES
from .repeated_bytes import most_repeated
from .repeats import RepeatClock, is_repetition, is_repetition_beside
from .streamed_order import ConfigurationOrder
from .streamed_samples import (
    UNBOUNDED,
    AnnouncedSample,
    check_counts,
    description_runs,
    fragment_samples,
    redundancy,
    table_samples,
)
from .track_ends import media_end
from .unit_groups import SAMPLE_IS_UNITS, descriptions, split_units


def streamed_units(
    incoming: Incoming,
    track_id: int | None,
    limit: int,
    *,
    repeats: int = 0,
    only_mp4: bool = False,
) -> UnitSteps:
    """The units of an NNR bitstream, or of a track of an MP4 file, in the order of the bitstream.

    Each is yielded when its last byte has arrived. What is held in memory is `moov` or one `moof`,
    the sample that is arriving, and the one before: it may be repeated.

    Args:
        incoming: the bytes of the file.
        track_id: the NNR track; None where there is one.
        limit: bytes of the largest unit or box that is held.
        repeats: bytes that units of sample groups may have, of which the file has each once; the
            bytes that have arrived, and 64 MiB more, are allowed in any case.
        only_mp4: do not take what is no MP4 file for a bitstream.

    Raises:
        NotStreamableError: the file must be read in another order than it lies there.
        HeldSizeError: something is larger than the limit.
        NNRError: as `Movie` and `NNRTrack`.
    """
    head = yield from incoming.peek(HEADER_SIZE)
    if head[4:] in FIRST_BOXES:
        yield from _MovieStream(incoming, track_id, limit, repeats).steps()
    elif only_mp4:
        raise NotMP4Error("this is not an MP4 file", offset=0)
    elif track_id is not None:
        raise TrackNotFoundError("an NNR bitstream has no tracks to choose from")
    else:
        yield from bitstream_units(incoming, limit)


def _unit(index: int, offset: int, data: bytes | bytearray) -> Unit:
    """A unit of the track: what `streamed_units` yields."""
    size = read_unit_header(bytes(data[:MAX_HEADER_SIZE]), 0, index, offset)[0]
    if size != len(data):
        raise SampleSizeError(
            f"nnr_unit_size is {size}, its sample has {len(data)} bytes",
            unit_index=index,
            offset=offset,
        )
    return held_unit(index, offset, data)


class _MoovSource(Source):
    """A file of which only `moov` is known: in front of it, there seems to be free space."""

    def __init__(self, offset: int, moov: bytes) -> None:
        form = LARGESIZE if offset > MAX_32 else None
        size = header_size(b"\0\0\0\1") if form else HEADER_SIZE
        self._front = encode_header(b"free", offset - size, form) if offset else b""
        self._offset = offset
        self._moov = moov
        self.size = offset + len(moov)

    def read(self, offset: int, size: int) -> bytes:
        end = min(offset + size, self.size)
        front = self._front[offset:end].ljust(max(min(end, self._offset) - offset, 0), b"\0")
        return front + self._moov[max(offset - self._offset, 0) : max(end - self._offset, 0)]


class _MovieStream:
    """The units of a track of an MP4 file; see `streamed_units`."""

    def __init__(self, incoming: Incoming, track_id: int | None, limit: int, repeats: int) -> None:
        self._incoming = incoming
        self._track_id = track_id
        self._limit = limit
        self._movie: Movie | None = None
        # What has been announced, with the bytes of the box that did.
        self._announced: deque[tuple[int, Iterator[AnnouncedSample]]] = deque()
        self._waiting = 0  # all these bytes
        self._next: AnnouncedSample | None = None
        self._last: bytes | bytearray | None = None  # the sample before
        self._repeated = False  # whether one has been left out
        self._held: tuple[AnnouncedSample, bytes | bytearray] | None = None
        self._remembered: dict[bytes, object] = {}
        self._units = self._samples = 0
        self._allowed = repeats
        self._given = 0  # bytes of units of sample groups

    def steps(self) -> UnitSteps:
        while (header := (yield from self._header())) is not None:
            if header.type == b"moov":
                yield from self._read_moov(header)
            elif header.type == b"moof":
                yield from self._read_moof(header)
            elif header.type in MEDIA_DATA and self._movie is None and header.body.size:
                raise NotStreamableError(
                    "moov comes behind the media data: the whole file is needed first",
                    offset=header.offset,
                )
            while self._next is not None and self._next.offset < header.end:
                yield from self._sample(header)
            left = header.end - self._incoming.position
            passed = yield from self._incoming.skip(left)
            if passed < left and header.size_form != TO_END:
                raise self._cut_off(header)
        yield from self._finish()

    # --- boxes

    def _header(self) -> Waiting[BoxHeader | None]:
        """The header of the next top-level box; None at the end of the stream."""
        offset = self._incoming.position
        head = bytes((yield from self._incoming.take(HEADER_SIZE)))
        if not head:
            return None
        if len(head) == HEADER_SIZE and header_size(head) > HEADER_SIZE:
            head += yield from self._incoming.take(header_size(head) - HEADER_SIZE)
        try:
            return decode_header(head, UNBOUNDED, offset)
        except BoxParseError as error:
            raise BrokenFileError(
                error.reason, box_path=error.box_path, offset=error.offset
            ) from error

    def _box(self, header: BoxHeader) -> Waiting[bytes]:
        """A whole box, of which the header has been taken."""
        if header.size_form == TO_END:
            raise NotStreamableError(
                "the box has no size: it ends where the file does",
                box_path=show_code(header.type),
                offset=header.offset,
            )
        what = f"the {show_code(header.type)} box"
        check_limit(header.size, self._limit, what, None, header.offset)
        body = yield from self._incoming.take(header.body.size)
        if len(body) < header.body.size:
            raise self._cut_off(header)
        return encode_header(header.type, header.body.size, header.size_form) + body

    def _cut_off(self, header: BoxHeader) -> CutOffFileError:
        there = self._incoming.position - header.offset
        return CutOffFileError(
            f"the box has {header.size} bytes, the file ends after {there}",
            box_path=show_code(header.type),
            offset=header.offset,
        )

    def _read_moov(self, header: BoxHeader) -> UnitSteps:
        if self._movie is not None:
            raise SecondMovieError("there is a second moov box", offset=header.offset)
        moov = yield from self._box(header)
        movie = self._movie = Movie(_MoovSource(header.offset, moov))
        track = self._track = movie.track(self._track_id)
        has_fragments = bool(movie.moov.children(b"mvex"))
        runs = description_runs(track, header.end)
        self._order = ConfigurationOrder(track, runs, fragments=has_fragments)
        if not self._order.is_single and 1 in redundancy(track.sample_table):
            raise NotStreamableError("samples are repeated in a track with several nnr1")
        self._all_grouped = track.has_units_in_groups
        self._reader = FragmentReader(
            movie.defaults,
            UNBOUNDED,
            {track.track_id: descriptions(track.sample_table)},
            only_nnr=True,
        )
        self._clock = RepeatClock()
        self._announced.append((0, table_samples(track, sum(count for count, _ in runs))))
        yield from self._configured(self._order.start())
        self._advance()

    def _read_moof(self, header: BoxHeader) -> UnitSteps:
        if self._movie is None:
            raise NotMP4Error("there is no moov box in front of the first moof")
        data = yield from self._box(header)
        if not holds_track(data, [self._track.track_id]):
            return
        moof = scan_node(data, header, self._remembered)
        check_counts(moof)
        parts = [
            part
            for part in self._reader.read(moof, 0).tracks
            if part.track_id == self._track.track_id and any(len(run.sizes) for run in part.runs)
        ]
        for part in parts:
            assert part.timing is not None  # it is read of NNR tracks
            if self._clock.goes_back(part.timing):
                raise NotStreamableError("the fragments are out of order", offset=header.offset)
            if self._held is not None:
                held, self._held = self._held, None
                yield from self._whole(*held)
            may_repeat = self._clock.may_repeat(part.timing)
            samples = fragment_samples(part, may_repeat, self._clock.time)
            size = header.size if part is parts[-1] else 0
            self._announced.append((size, samples))
            self._waiting += size
            check_limit(
                self._waiting, self._limit, "what waits for its samples", None, header.offset
            )
        if self._next is None:
            self._advance()

    # --- samples

    def _advance(self) -> None:
        """Find the next sample that is announced."""
        while self._announced:
            self._next = next(self._announced[0][1], None)
            if self._next is not None:
                return
            self._waiting -= self._announced.popleft()[0]
        self._next = None

    def _sample(self, header: BoxHeader) -> UnitSteps:
        """The next sample, which lies in this box."""
        sample = self._next
        assert sample is not None
        if sample.offset < self._incoming.position or sample.offset + sample.size > header.end:
            raise NotStreamableError(
                f"sample {self._samples + 1} does not lie in the box behind the sample before it",
                offset=sample.offset,
            )
        check_limit(sample.size, self._limit, "the sample", self._units, sample.offset)
        is_stretched = sample.stretched_end is not None
        uncertain = sample.may_repeat or sample.may_repeat_at_end or is_stretched
        if not uncertain:
            yield from self._before(sample)
        yield from self._incoming.skip(sample.offset - self._incoming.position)
        data = yield from self._incoming.take(sample.size)
        if len(data) < sample.size:
            raise self._cut_off(header)
        same = uncertain and data == self._last
        self._last = data
        self._samples += 1
        self._advance()
        if not uncertain:
            yield from self._behind(sample, data)
        elif not same or not self._repeats(sample, data):
            yield from self._whole(sample, data)

    def _repeats(self, sample: AnnouncedSample, data: bytes | bytearray) -> bool:
        """Whether a sample that has the bytes of the one before repeats it, or may do so."""
        if sample.may_repeat:
            self._repeated = True
            return True
        if sample.may_repeat_at_end:
            self._held = sample, data
            return True
        assert self._movie is not None and sample.stretched_end is not None
        ends = self._movie.ends_beside(self._track)
        return not self._repeated and is_repetition_beside(
            sample.stretched_end, ends, sample.offset
        )

    def _whole(self, sample: AnnouncedSample, data: bytes | bytearray) -> UnitSteps:
        yield from self._before(sample)
        yield from self._behind(sample, data)

    def _before(self, sample: AnnouncedSample) -> UnitSteps:
        """The units between the sample before and this one."""
        yield from self._configured(self._order.before(sample.description))
        if sample.group is None:
            if self._all_grouped:
                raise LostUnitsError(
                    "sample groups are missing: a program that rewrote the file has lost units"
                )
            return
        units = sample.group.data
        self._given += len(units)
        if self._given > most_repeated(self._incoming.position, self._allowed):
            raise RepeatedDataError(
                f"the units in sample groups are larger than the file; {RAISED}"
            )
        for offset, data in split_units(units, sample.group.offset):
            yield self._unit(offset, data)

    def _behind(self, sample: AnnouncedSample, data: bytes | bytearray) -> UnitSteps:
        """The sample itself, and the units that come behind it whatever follows."""
        if sample.group is not None and sample.group.flags & SAMPLE_IS_UNITS:
            for offset, unit in split_units(bytes(data), sample.offset):
                yield self._unit(offset, unit)
        else:
            yield self._unit(sample.offset, data)
        yield from self._configured(self._order.after())

    def _configured(self, units: Iterator[ConfigurationUnit]) -> Iterator[Unit]:
        for unit in units:
            yield self._unit(unit.offset, unit.data)

    def _unit(self, offset: int, data: bytes | bytearray) -> Unit:
        self._units += 1
        return _unit(self._units - 1, offset, data)

    def _finish(self) -> UnitSteps:
        """What the end of the stream brings."""
        if self._movie is None:
            raise NotMP4Error("there is no moov box: this is not an MP4 file")
        if self._next is not None:
            end = self._next.offset + self._next.size
            raise SampleOutsideFileError(
                f"sample {self._samples + 1} of track {self._track.track_id} ends at {end}, "
                f"the file at {self._incoming.position}",
                offset=self._next.offset,
            )
        if self._held is not None:
            sample, data = self._held
            movie_end = media_end(self._movie.moov, self._track)
            if not is_repetition(self._clock.time, movie_end, sample.offset):
                yield from self._whole(sample, data)
        yield from self._configured(self._order.rest())
