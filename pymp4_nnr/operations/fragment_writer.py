"""`FragmentWriter`: a network written unit by unit as movie fragments, without seeking."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from ..bitstream.streamed_units import nnr_unit_size
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_header import read_unit_header
from ..boxes.header import MAX_32
from ..boxes.node import build_box
from ..edit.bitstream_index import BitstreamIndex
from ..edit.fragment_boxes import FragmentSamples, fragment_header, track_extends
from ..edit.new_fragments import MAX_FRAGMENT_SIZE, FragmentSize
from ..edit.new_track import TRACK_NAME, Beside, file_type, track_box
from ..errors import ArgumentRangeError, EmptyBitstreamError, TruncatedUnitError
from ..io.file_source import SupportsRead, read_some
from ..io.output import TargetLike, check_target, opened_output, write_whole
from ..movie.timing import TIMESCALE


class FragmentWriter:
    """Writes an MP4 file of movie fragments, unit by unit: a stream whose end is not known.

    A context manager. The target is never sought in, and memory is that of one fragment. Each
    fragment is written, and flushed, as soon as it is full; `flush` writes one that is not. The
    units before the first NNR_NDU go into `moov`, later ones that are no NNR_NDUs into sample
    groups of the fragments.

        with FragmentWriter("stream.mp4", fragment=1) as writer:
            for unit in units:
                writer.write(unit)

    Args:
        target: a path, at which the file appears when it is closed, whole, or not at all; or a
            binary file object, of which `write` and, where there is one, `flush` are called.
        fragment: as of `mux`.
        name: of the track.
        timescale: ticks per second of the media; each sample lasts one.
        overwrite: whether a file that exists may be replaced.
        growing: with a path: the file has its name from the start, so that the fragments that are
            there can be read while others follow, and keeps them whatever happens. An old file is
            lost when the writer begins.
        sync: with a path: `close` returns only when the file, and its name, are on the disk: for a
            power cut.

    Attributes:
        written: bytes so far.

    Raises:
        OutputError: the target exists and may not be replaced, or is none.
        LimitError: `fragment` or `timescale` is impossible.
        OSError: the file cannot be opened.
    """

    def __init__(
        self,
        target: TargetLike,
        *,
        fragment: int | str | FragmentSize = 1,
        name: str = TRACK_NAME,
        timescale: int = TIMESCALE,
        overwrite: bool = True,
        growing: bool = False,
        sync: bool = False,
    ) -> None:
        if not 0 < timescale <= MAX_32:
            raise ArgumentRangeError(f"a timescale of {timescale} does not fit its field")
        self._size = FragmentSize.of(fragment)
        self._name = name
        self._timescale = timescale
        check_target(target, overwrite=overwrite)
        self._output = opened_output(target, overwrite=overwrite, sync=sync, growing=growing)
        self._file = self._output.__enter__()
        self._closed = self._started = False
        self._sequence = 1
        self._time = 0  # samples in fragments that have been written
        self._units = 0
        self._waiting: list[bytes] = []  # units before the next sample
        self._samples: list[bytes] = []
        self._independent = bytearray()
        self._before: dict[int, bytes] = {}
        self._bytes = 0
        self.written = 0

    def __repr__(self) -> str:
        return f"<FragmentWriter: {self._units} units, {self.written} bytes written>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self._give_up(error)

    def write(self, unit: bytes | Unit) -> None:
        """Add the next unit of the bitstream: its bytes, or a `Unit`.

        Raises:
            BitstreamError: the bytes are not one NNR unit.
            OSError: writing fails. The writer is closed then, and a file does not appear unless it
                is `growing`.
        """
        if self._closed:
            raise ValueError("the writer is closed")
        data = unit.data if isinstance(unit, Unit) else bytes(unit)
        size, kind, independent, _ = read_unit_header(data, 0, self._units)
        if size != len(data):
            raise TruncatedUnitError(
                f"nnr_unit_size is {size}, {len(data)} bytes are given", unit_index=self._units
            )
        self._units += 1
        if kind != NNRUnitType.NNR_NDU:
            self._waiting.append(data)
            return
        if not self._started:
            self._start()
        if self._samples and self._bytes + len(data) > MAX_FRAGMENT_SIZE:
            self.flush()
        self._add(data, independent)
        if self._size.is_full(len(self._samples), self._bytes):
            self.flush()

    def _add(self, sample: bytes, independent: int) -> None:
        if self._waiting:
            self._before[len(self._samples)] = b"".join(self._waiting)
            self._waiting = []
        self._samples.append(sample)
        self._independent.append(independent)
        self._bytes += len(sample)

    def flush(self) -> None:
        """Write the samples that wait for their fragment to be full; units that wait for the
        NNR_NDU behind them go on waiting.

        Raises:
            OSError: writing fails.
        """
        if self._samples:
            self._write_fragment()
        else:
            self._flush()

    def _flush(self) -> None:
        flush = getattr(self._file, "flush", None)
        if flush is not None:
            flush()

    def close(self) -> None:
        """Write what is left. A file that was given as an object stays open.

        Where it fails, a file that was given by its path does not appear, unless it is `growing`.

        Raises:
            EmptyBitstreamError: there was no unit.
            OutputExistsError: the target has appeared meanwhile, and may not be replaced.
            OSError: writing fails.
        """
        if self._closed:
            return
        try:
            if not self._units:
                raise EmptyBitstreamError("the bitstream is empty", offset=0)
            if not self._started:
                self._start()
            units, self._waiting = b"".join(self._waiting), []
            if units:  # behind the last NNR_NDU: a sample of their own
                self._add(units, 1)
            if self._samples:
                self._write_fragment(is_units=bool(units))
            self._flush()
        except BaseException as error:
            self._give_up(error)
            raise
        self._closed = True
        self._output.__exit__(None, None, None)

    def _give_up(self, error: BaseException) -> None:
        """End after an exception, which is not raised here."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(OSError):  # the first error is told
            self._output.__exit__(type(error), error, error.__traceback__)

    def _start(self) -> None:
        """Write `ftyp` and `moov`; the units so far go into `nnrC`."""
        index = BitstreamIndex.of_configuration(self._waiting)
        self._waiting = []
        mvhd = {
            "type": b"mvhd",
            "timescale": self._timescale,
            "duration": 0,
            "next_track_ID": 2,
        }
        trak = track_box(
            index,
            [],
            name=self._name,
            timescale=self._timescale,
            beside=Beside(self._timescale),
            fragmented=True,
            streamed=True,
        )
        mvex = {"type": b"mvex", "children": [track_extends(1)]}
        moov = build_box({"type": b"moov", "children": [mvhd, trak, mvex]})
        self._write(file_type() + moov)
        self._started = True

    def _write_fragment(self, *, is_units: bool = False) -> None:
        independent = b"" if all(self._independent) else bytes(self._independent)
        sizes = [len(sample) for sample in self._samples]
        samples = FragmentSamples(self._time, sizes, independent, self._before, is_units)
        self._write(fragment_header(self._sequence, 1, samples))
        for sample in self._samples:
            self._write(sample)
        self._time += len(self._samples)
        self._sequence += 1
        self._flush()
        self._samples, self._before, self._bytes = [], {}, 0
        self._independent = bytearray()

    def _write(self, data: bytes) -> None:
        try:
            write_whole(self._file, data)
        except BaseException as error:  # what follows would stand behind a part of it
            self._give_up(error)
            raise
        self.written += len(data)


def read_units(file: SupportsRead) -> Iterator[bytes]:
    """Read the units of a bitstream, one by one and nothing beyond, from a file object.

    It need not be able to seek.

    Raises:
        BitstreamError: a unit is broken or cut off.
        OSError: reading fails.
    """
    offset = index = 0
    while head := _read(file, _SHORT_SIZE):
        if head[0] & 0x80:
            head += _read(file, _LONG_SIZE - _SHORT_SIZE)
        size = nnr_unit_size(head)
        data = head + _read(file, size - len(head))
        if read_unit_header(data, 0, index, offset)[0] != len(data):
            raise TruncatedUnitError(
                f"nnr_unit_size is {size}, the input ends after {len(data)} bytes",
                unit_index=index,
                offset=offset,
            )
        yield data
        offset += size
        index += 1


_SHORT_SIZE, _LONG_SIZE = 2, 4
_PORTION = 1 << 20


def _read(file: SupportsRead, size: int) -> bytes:
    """So many bytes; fewer where the file ends."""
    portions = []
    while size > 0 and (data := read_some(file, min(size, _PORTION))):
        portions.append(data)
        size -= len(data)
    return b"".join(portions)
