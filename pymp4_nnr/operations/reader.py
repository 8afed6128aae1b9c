"""`open`: a file for programs, with its networks, their tensors, samples and units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from ..bitstream.tensor_index import TensorIndex
from ..bitstream.unit import Unit
from ..errors import TensorNotFoundError, TrackNotChosenError, TrackNotFoundError
from ..io.output import Progress, TargetLike
from ..io.ranges import ByteRange, merge, read_exactly
from ..io.source import FilesLike, Source
from ..movie.nnr_track import NNRTrack
from .extract import Extracted, Wanted, extract_from
from .html import html_table
from .inspect import FileInfo

_SHOWN_ROWS = 100
"""Rows of a table in a notebook."""


def open(source: FilesLike) -> NetworkFile:
    """Open an MP4 file with networks, or an NNR bitstream, for reading.

    Little is read: box headers and `moov`, and of tensors what is asked for::

        with pymp4_nnr.open("model.mp4") as file:
            net = file.networks["sharper"]
            net.tensors["fc.weight"].byte_ranges

    An opened file may be read from several threads at once, for example by `asyncio.to_thread`.

    Args:
        source: a path, buffer or binary file object; or several, an initialization segment and
            its media segments.

    Raises:
        FileFormatError: the boxes of an MP4 file are broken. What is no MP4 file is taken for a
            bitstream, and errors in it are raised when it is looked at.
        TrackError, SampleTableError: a track is broken.
        OSError: the file cannot be read.
    """
    return NetworkFile(FileInfo(source))


class NetworkFile:
    """A file that `open` opened; a context manager.

    Attributes:
        networks: what is in it.
        format: ``"mp4"`` or ``"nnr"``.
        size: in bytes.
    """

    def __init__(self, file: FileInfo) -> None:
        self._file = file
        self.format = file.format
        self.size = file.size
        tracks: Sequence[NNRTrack | None] = file.tracks if file.movie else [None]
        self.networks = Networks([Network(file, track) for track in tracks])

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
            listed = ", ".join(f"{net.track_id} ({net.name})" for net in self._networks) or "none"
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
    """A network: an NNR track of an MP4 file, or an NNR bitstream.

    Attributes:
        name: of the track; empty for a bitstream.
        track_id: `track_ID`; None for a bitstream.
    """

    def __init__(self, file: FileInfo, track: NNRTrack | None) -> None:
        self._file = file
        self._track = track
        self.name = track.name if track is not None else ""
        self.track_id = track.track_id if track is not None else None

    @cached_property
    def tensors(self) -> Tensors:
        """The tensors by name, in the order of the bitstream.

        Raises:
            NNRError, OSError: the headers cannot be read.
        """
        located = _located(self._track)
        return Tensors(self._listed() if located is None else located)

    @cached_property
    def index(self) -> TensorIndex:
        """Which NDUs carry which tensor, in full.

        Raises:
            NNRError, OSError: as `tensors`.
        """
        return self._file.tensors(self._track)

    @cached_property
    def samples(self) -> Samples:
        """The NNR_NDUs, in the order of the bitstream.

        Raises:
            NNRError, OSError: they cannot be located.
        """
        if self._track is not None:
            table = self._track.samples
            return Samples(self._file.source, table.offsets, table.sizes)
        places = [(unit.offset, unit.size) for unit, _ in self._file.places() if unit.is_ndu]
        offsets, sizes = zip(*places, strict=True) if places else ((), ())
        return Samples(self._file.source, offsets, sizes)

    @property
    def units(self) -> Iterator[Unit]:
        """All units, in the order of the bitstream; of each only the header is read.

        Raises:
            NNRError, OSError: while they are iterated over, where one cannot be read.
        """
        return (unit for unit, _ in self._file.places(self._track))

    def extract(
        self,
        tensors: Iterable[str],
        target: TargetLike,
        *,
        samples: Iterable[int] = (),
        decodable: bool = False,
        overwrite: bool = True,
        progress: Progress | None = None,
    ) -> Extracted:
        """Write the NDUs of some tensors; see `pymp4_nnr.extract`."""
        wanted = Wanted(tensors, samples, decodable)
        return extract_from(
            self._file, self._track, target, wanted, overwrite=overwrite, progress=progress
        )

    def _listed(self) -> dict[str, Tensor]:
        """The tensors by the headers of their NDUs."""
        return {
            name: Tensor(
                name,
                next((part.dimensions for part in parts if part.dimensions is not None), None),
                tuple(part.sample_number for part in parts),
                tuple(merge(ByteRange(part.offset, part.size) for part in parts)),
            )
            for name, parts in self.index.tensors.items()
        }

    def __repr__(self) -> str:
        track = f" in track {self.track_id}" if self.track_id is not None else ""
        return f"<Network {self.name!r}{track}: {len(self.samples)} samples>"

    def _repr_html_(self) -> str:
        return self.tensors._repr_html_()


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor, and where it lies; plain data, which can be pickled.

    Attributes:
        name: as in the bitstream.
        dimensions: of the tensor, or of the weight of a block; None if they are not known.
        sample_numbers: 1-based numbers of the NDUs that carry it or a part of it.
        byte_ranges: where these lie in the file (of several files: in all, one after the other),
            sorted; neighbours are one range.
    """

    name: str
    dimensions: tuple[int, ...] | None
    sample_numbers: tuple[int, ...]
    byte_ranges: tuple[ByteRange, ...]

    @property
    def size(self) -> int:
        """Bytes of its NDUs."""
        return sum(place.size for place in self.byte_ranges)


class NoSuchTensorError(TensorNotFoundError, KeyError):
    """A key that a mapping of tensors does not have."""


class Tensors(Mapping[str, Tensor]):
    """The tensors of a network by name, in the order of the bitstream."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self._tensors = tensors

    def __len__(self) -> int:
        return len(self._tensors)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    def __getitem__(self, name: str) -> Tensor:
        """The tensor with this name.

        Raises:
            NoSuchTensorError: there is none. This is a `TensorNotFoundError` and a `KeyError`.
        """
        if name not in self._tensors:
            raise NoSuchTensorError(f"no tensor is named {name!r}; there are {len(self)}")
        return self._tensors[name]

    def __repr__(self) -> str:
        shown = ", ".join(repr(name) for name, _ in zip(self, range(3), strict=False))
        return f"<Tensors: {len(self)}{': ' * bool(shown)}{shown}{', ...' * (len(self) > 3)}>"

    def _repr_html_(self) -> str:
        rows = [
            (tensor.name, "x".join(map(str, tensor.dimensions or ())), tensor.size)
            for tensor, _ in zip(self.values(), range(_SHOWN_ROWS), strict=False)
        ]
        more = f"<p>and {len(self) - len(rows)} more</p>" if len(self) > len(rows) else ""
        return html_table(("tensor", "dimensions", "bytes"), rows) + more


class _LocatedTensors(Mapping[str, Tensor]):
    """The tensors that the index in the file describes; each is made when it is looked at."""

    def __init__(self, track: NNRTrack) -> None:
        table = track.tensor_table
        assert table is not None
        self._table = table
        self._places = track.samples

    def __len__(self) -> int:
        return len(self._table.by_name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._table.by_name

    def __getitem__(self, name: str) -> Tensor:
        found = self._table.by_name[name]
        form = self._table.form(found[0])
        return Tensor(
            name,
            form.dimensions if form is not None else None,
            tuple(sample + 1 for sample in found),
            tuple(merge(map(self._places.range, found))),
        )


def _located(track: NNRTrack | None) -> Mapping[str, Tensor] | None:
    """The tensors by the index in the file; None where it does not describe all samples."""
    table = track.tensor_table if track is not None else None
    if track is None or table is None or not table.is_whole(len(track.samples)):
        return None
    return _LocatedTensors(track)


@dataclass(frozen=True, slots=True)
class Sample:
    """One NNR_NDU.

    Attributes:
        number: 1-based.
        byte_range: where it lies in the file.
    """

    number: int
    byte_range: ByteRange
    _source: Source

    @property
    def data(self) -> bytes:
        """Its bytes, which are read now.

        Raises:
            MediaError: the file has been closed or shortened.
            OSError: they cannot be read.
        """
        return read_exactly(self._source, *self.byte_range)

    def __repr__(self) -> str:
        return f"<Sample {self.number}: {self.byte_range.size} bytes>"


class Samples(Sequence[Sample]):
    """The samples of a network, by 0-based index."""

    def __init__(self, source: Source, offsets: Sequence[int], sizes: Sequence[int]) -> None:
        self._source = source
        self._offsets = offsets
        self._sizes = sizes

    @property
    def total(self) -> int:
        """Bytes of all."""
        return sum(self._sizes)

    def __len__(self) -> int:
        return len(self._sizes)

    def __getitem__(self, index: int) -> Sample:  # type: ignore[override]
        """The sample with this 0-based index, negative from the end; there are no slices.

        Raises:
            IndexError: there is none.
        """
        number = range(1, len(self) + 1)[index]
        place = ByteRange(self._offsets[number - 1], self._sizes[number - 1])
        return Sample(number, place, self._source)

    def __repr__(self) -> str:
        return f"<Samples: {len(self)}, {self.total} bytes>"
