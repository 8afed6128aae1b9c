"""The tensors of a network that `open` opened, by name."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, overload

from ..bitstream.tensor_index import TensorIndex, unknown_tensor
from ..errors import TensorNotFoundError
from ..io.ranges import ByteRange, merge
from ..movie.nnr_track import NNRTrack
from .html import html_table

_SHOWN_ROWS = 100
"""Rows of a table in a notebook."""

_Default = TypeVar("_Default")


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

    def __repr__(self) -> str:
        shape = f" {'x'.join(map(str, self.dimensions))}" if self.dimensions else ""
        samples = f"{len(self.sample_numbers)} sample{'s' * (len(self.sample_numbers) != 1)}"
        return f"<Tensor {self.name!r}{shape}: {self.size} bytes in {samples}>"


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
            TensorNotFoundError: there is none; this is a `KeyError` too.
        """
        try:
            return self._tensors[name]
        except KeyError:
            raise NoSuchTensorError(unknown_tensor(name, self)) from None

    @overload
    def get(self, name: str, /) -> Tensor | None: ...
    @overload
    def get(self, name: str, default: Tensor | _Default, /) -> Tensor | _Default: ...
    def get(
        self, name: str, default: Tensor | _Default | None = None, /
    ) -> Tensor | _Default | None:
        """The tensor with this name, or the default."""
        return self._tensors.get(name, default)  # without a search for names that are like it

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
        return isinstance(name, str) and bool(self._table.find(name))

    def __getitem__(self, name: str) -> Tensor:
        found = self._table.find(name)
        if not found:
            raise KeyError(name)
        form = self._table.form(found[0])
        return Tensor(
            name,
            form.dimensions if form is not None else None,
            tuple(sample + 1 for sample in found),
            tuple(merge(map(self._places.range, found))),
        )


def located_tensors(track: NNRTrack | None) -> Mapping[str, Tensor] | None:
    """The tensors by the index in the file; None where it does not describe all samples."""
    table = track.tensor_table if track is not None else None
    if track is None or table is None or not table.is_whole(len(track.samples)):
        return None
    return _LocatedTensors(track)


class _ListedTensors(Mapping[str, Tensor]):
    """The tensors by the headers of their NDUs; each is made when it is looked at."""

    def __init__(self, index: TensorIndex) -> None:
        self._parts = index.tensors

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    def __getitem__(self, name: str) -> Tensor:
        dimensions, numbers, ranges = None, array("I"), []
        for part in self._parts[name]:
            dimensions = part.dimensions if dimensions is None else dimensions
            numbers.append(part.sample_number)
            ranges.append(ByteRange(part.offset, part.size))
        return Tensor(name, dimensions, tuple(numbers), tuple(merge(ranges)))


def listed_tensors(index: TensorIndex) -> Mapping[str, Tensor]:
    """The tensors by the headers of their NDUs."""
    return _ListedTensors(index)
