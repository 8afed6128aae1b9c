"""`open`: a file for programs, with its networks, their tensors, samples and units."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from ..bitstream.part_table import Parts
from ..bitstream.tensor_index import TensorIndex
from ..bitstream.unit import NNRUnitType, Unit
from ..bitstream.unit_walk import walk
from ..errors import TrackNotChosenError, TrackNotFoundError
from ..escape import few
from ..io.output import TargetLike
from ..io.progress import Progress
from ..io.ranges import ByteRange
from ..io.source import FilesLike, in_its_file
from ..movie.items import NNRItem
from ..movie.nnr_track import NNRTrack
from ..movie.rounds import Round
from .extract import Extracted, Wanted, decodable_ranges, extract_from
from .html import html_table
from .inspect import FileInfo
from .sample_list import Samples
from .tensor_mapping import Tensors, listed_tensors, located_tensors


def open(source: FilesLike, *, limit: int | None = None) -> NetworkFile:
    """Open an MP4 file with networks, or an NNR bitstream, for reading.

    Little is read: box headers and `moov`, and of tensors what is asked for::

        with pymp4_nnr.open("model.mp4") as file:
            net = file.networks["sharper"]
            net.tensors["fc.weight"].byte_ranges

    An opened file may be read from several threads at once, for example by `asyncio.to_thread`.

    Args:
        source: a path, URL, buffer or binary file object; or several, an initialization segment and
            its media segments.
        limit: bytes that a network or item may have where the file has samples, units of sample
            groups or parts of items once and refers to them many times; a number below the limits
            of `docs/limits.md` changes nothing.

    Raises:
        FileFormatError: the boxes of an MP4 file are broken. What is no MP4 file is taken for a
            bitstream, and errors in it are raised when it is looked at.
        TrackError, SampleTableError: a track is broken.
        OSError: the file cannot be read.
    """
    with in_its_file(source):
        return NetworkFile(FileInfo(source, limit=limit))


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """A track of an MP4 file, of whatever kind; plain data.

    Attributes:
        track_id: `track_ID` of `tkhd`, at least 1.
        handler_type: of `hdlr`, four characters: ``"vide"``, ``"soun"``, ``"meta"``, ...
        name: of `hdlr`.
        sample_entry: type of the first entry of `stsd`, four characters: ``"avc1"``, ``"nnr1"``,
            ...; empty where there is none.
        timescale: of `mdhd`, ticks per second.
        duration: of `mdhd`, in ticks; 0 where the samples lie in fragments.
    """

    track_id: int
    handler_type: str
    name: str
    sample_entry: str
    timescale: int
    duration: int


class NetworkFile:
    """A file that `open` opened; a context manager, which closes it."""

    def __init__(self, file: FileInfo) -> None:
        self._file = file
        tracks: Sequence[NNRTrack | None] = file.tracks if file.movie else [None]
        self._networks = Networks([Network(file, track) for track in tracks])

    @property
    def networks(self) -> Networks:
        """The networks in it."""
        return self._networks

    @property
    def format(self) -> str:
        """``"mp4"`` or ``"nnr"``."""
        return self._file.format

    @property
    def size(self) -> int:
        """In bytes; of several files, all together."""
        return self._file.size

    @cached_property
    def tracks(self) -> tuple[TrackInfo, ...]:
        """All tracks of an MP4 file, video and audio too, in its order; none in a bitstream.

        Raises:
            SampleTableError: the boxes of a track are broken.
        """
        movie = self._file.movie
        return tuple(
            TrackInfo(
                track.track_id,
                track.handler_type,
                track.name,
                next((kind.decode("latin-1") for kind in track.sample_entry_types()), ""),
                track.timescale,
                track.duration,
            )
            for track in (movie.all_tracks if movie is not None else ())
        )

    @cached_property
    def items(self) -> tuple[NNRItem, ...]:
        """The NNR items in `meta` boxes of an MP4 or image file (ISO/IEC 14496-12, 8.11).

        Raises:
            SampleTableError: their boxes are broken, or they do not lie in the file.
        """
        return tuple(self._file.items)

    @property
    def segments(self) -> tuple[ByteRange, ...]:
        """Where each of the files that were given lies among all, one after the other.

        All offsets count from the start of the first file: what lies in the third one is read at
        ``offset - segments[2].offset``.
        """
        start, found = 0, []
        for part in self._file.source.parts():
            found.append(ByteRange(start, part.size))
            start += part.size
        return tuple(found)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it was given open; it may be closed more than once.

        What has not been read by then cannot be read any more: that is a `MediaError`.
        """
        self._file.close()

    def __repr__(self) -> str:
        return (
            f"<NetworkFile ({self.format}) of {self.size} bytes, {len(self.networks)} network(s)>"
        )

    def _repr_html_(self) -> str:
        return self.networks._repr_html_()


class Networks(Sequence["Network"]):
    """The networks of a file, in its order.

    A network is found by its name, or by a number: its track_ID, if there is a track with that
    number; else its 0-based position, negative from the end. 0 is always a position. An NNR
    bitstream is one network, without a name.
    """

    def __init__(self, networks: list[Network]) -> None:
        self._networks = networks

    def __len__(self) -> int:
        return len(self._networks)

    def __iter__(self) -> Iterator[Network]:
        return iter(self._networks)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, Network):
            return key in self._networks
        return any(key in (net.name, net.track_id) for net in self._networks)

    def __getitem__(self, key: int | str) -> Network:  # type: ignore[override]
        """The network with this name, track_ID or position.

        Raises:
            TrackError: there is none, or several have the name.
        """
        found = [net for net in self._networks if key in (net.name, net.track_id)]
        if not found and isinstance(key, int) and -len(self) <= key < len(self):
            return self._networks[key]
        if len(found) != 1:
            listed = few(f"{net.track_id} ({net.name})" for net in self._networks)
            if found:
                raise TrackNotChosenError(
                    f"several networks are named {key!r}; there are: {listed}"
                )
            raise TrackNotFoundError(f"no network is named {key!r}; there are: {listed}")
        return found[0]

    def __repr__(self) -> str:
        return f"<Networks: {', '.join(repr(net.name) for net in self._networks)}>"

    def _repr_html_(self) -> str:
        rows = [
            (net.track_id or "", net.name, len(net.samples), net.samples.total)
            for net in self._networks
        ]
        return html_table(("track_ID", "name", "samples", "bytes"), rows)


class Network:
    """A network: an NNR track of an MP4 file, or an NNR bitstream."""

    def __init__(self, file: FileInfo, track: NNRTrack | None) -> None:
        self._file = file
        self._track = track

    @property
    def name(self) -> str:
        """Name of the track (`hdlr`); empty for a bitstream."""
        return self._track.name if self._track is not None else ""

    @property
    def track_id(self) -> int | None:
        """`track_ID`, at least 1; None for a bitstream."""
        return self._track.track_id if self._track is not None else None

    @property
    def timescale(self) -> int | None:
        """Ticks per second of the track (`mdhd`); None for a bitstream."""
        return self._track.timescale if self._track is not None else None

    @property
    def duration(self) -> int | None:
        """Of the track (`mdhd`), in ticks: 0 where samples lie in fragments; None for a
        bitstream."""
        return self._track.duration if self._track is not None else None

    @cached_property
    def tensors(self) -> Tensors:
        """The tensors by name, in the order of the bitstream.

        Their data is not read: where the file has no index of them, the first 256 bytes of each
        NNR_NDU are, and more only where its header is longer.

        Raises:
            NNRError, OSError: the headers cannot be read.
        """
        located = located_tensors(self._track)
        return Tensors(listed_tensors(self._index) if located is None else located)

    @property
    def parts(self) -> Parts:
        """What the headers of the NNR_NDUs say, sample by sample: ``parts[n]`` is
        ``samples[n]``, and `Tensor.sample_numbers` counts from 1.

        Raises:
            NNRError, OSError: as `tensors`.
        """
        return self._index.parts

    @cached_property
    def samples(self) -> Samples:
        """The NNR_NDUs, in the order of the bitstream.

        Raises:
            NNRError, OSError: they cannot be located.
        """
        if self._track is not None:
            table = self._track.samples
            return Samples(self._file.source, table.offsets, table.sizes)
        offsets, sizes = array("Q"), array("I")
        for offset, size, unit_type, _, _ in walk(self._file.source):
            if unit_type == NNRUnitType.NNR_NDU:
                offsets.append(offset)
                sizes.append(size)
        return Samples(self._file.source, offsets, sizes)

    @property
    def units(self) -> Iterator[Unit]:
        """All units, in the order of the bitstream; of each only the header is read.

        Their `offset` is that in the file. `parse` reads their syntax elements.

        Raises:
            NNRError, OSError: while they are iterated over, where one cannot be read.
        """
        return (unit for unit, _ in self._file.places(self._track))

    @cached_property
    def rounds(self) -> Sequence[Round]:
        """The rounds of training in it, in order; at least one.

        Raises:
            NNRError, OSError: as `samples`.
        """
        if self._track is not None:
            return tuple(self._track.rounds)
        return (Round(1, range(len(self.samples)), None),)

    def extract(
        self,
        tensors: Iterable[str],
        target: TargetLike,
        *,
        samples: Iterable[int] = (),
        decodable: bool = False,
        overwrite: bool = True,
        sync: bool = False,
        progress: Progress | None = None,
    ) -> Extracted:
        """Write the NDUs of some tensors as a bitstream, in the order of the network's.

        Of the other NDUs at most the headers are read.

        Args:
            tensors: names: all NDUs that carry any of them. A block holds several tensors and is
                written as a whole.
            target: the file to write, which appears only when it is complete; or a binary file
                object.
            samples: 1-based numbers of further samples.
            decodable: with the NDUs that are needed to decode these (see `decodable_ranges`), and
                the configuration that applies to them, so that what is written can be decoded.
            overwrite: whether a target that exists may be replaced.
            progress: called with the number of bytes written since the last call.

        Raises:
            TensorNotFoundError: there is no such tensor or sample, or none is chosen.
            OutputError: the target exists and may not be replaced, or is the source.
            NNRError, OSError: reading or writing fails.
        """
        wanted = Wanted(tensors, samples, decodable)
        return extract_from(
            self._file,
            self._track,
            target,
            wanted,
            overwrite=overwrite,
            sync=sync,
            progress=progress,
        )

    def decodable_ranges(
        self, tensors: Iterable[str], *, samples: Iterable[int] = ()
    ) -> list[ByteRange]:
        """Where the bitstream lies that decodes some tensors, for a client that fetches by itself.

        It is what `extract` writes with `decodable`: the bytes of these ranges, in this order,
        which is that of the bitstream; neighbours are one range. They hold

        - the NDUs themselves; for one that is not independently decodable, all back to the last
          that is; the other parts of a tensor that is divided by partial data counters;
        - the parents of incremental updates, and theirs, as far as they lie in the network;
        - the configuration in force at each of these.

        Args:
            tensors: names.
            samples: 1-based numbers of further samples.

        Raises:
            TensorNotFoundError: there is no such tensor or sample, or none is chosen.
            NNRError, OSError: reading fails.
        """
        return decodable_ranges(self._file, self._track, Wanted(tensors, samples, True))

    @cached_property
    def _index(self) -> TensorIndex:
        return self._file.tensors(self._track)

    def __repr__(self) -> str:
        track = f" in track {self.track_id}" if self.track_id is not None else ""
        return f"<Network {self.name!r}{track}: {len(self.samples)} samples>"

    def _repr_html_(self) -> str:
        return self.tensors._repr_html_()
