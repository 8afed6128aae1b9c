"""Samples as the index of tensors in their file describes them."""

from __future__ import annotations

from typing import NamedTuple, Self

from ..errors import TensorIndexError
from ..io.source import Source
from .codec import parse_unit
from .context import Context
from .ndu_description import Described
from .ndu_headers import describe
from .tensor_names import ElementNames
from .unit import NNRUnitType, Unit

_NDU = int(NNRUnitType.NNR_NDU)


class IndexedOrigin(NamedTuple):
    """What samples that an index describes have in common.

    Attributes:
        source: where their bytes are read.
        context, names: what the units before them say about them.
    """

    source: Source
    context: Context
    names: ElementNames


class IndexedUnit(Unit):
    """A sample as the index describes it; what is read of it is compared with that."""

    __slots__ = ("_expected", "_origin")

    _origin: IndexedOrigin
    _expected: Described

    @classmethod
    def described(
        cls, index: int, offset: int, size: int, expected: Described, origin: IndexedOrigin
    ) -> Self:
        """The NNR_NDU at a 0-based place in its bitstream, with offset and size in bytes."""
        form = expected.description
        head = _NDU, form.independently_decodable_flag, form.partial_data_counter
        unit = cls(index, offset, size, *head, origin.source)
        object.__setattr__(unit, "_origin", origin)
        object.__setattr__(unit, "_expected", expected)
        return unit

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """As `Unit.read`.

        Raises:
            TensorIndexError: the sample is not what the index says.
        """
        data = Unit.read(self, start, stop)
        self.check(data if start == 0 else b"")
        return data

    def check(self, head: bytes = b"") -> None:
        """Compare the header of the sample with the index.

        Args:
            head: its first bytes, as far as they have been read.

        Raises:
            TensorIndexError: they differ.
            OSError, NNRError: the header cannot be read.
        """
        _, context, names = self._origin
        parsed = parse_unit(_Begun(self, head), context)
        if describe(parsed, names.of(parsed)) != self._expected:
            raise TensorIndexError(
                "the sample is not what the tensor index in the file says",
                unit_index=self.index,
                offset=self.offset,
            )


class _Begun:
    """A unit of which the first bytes have been read."""

    def __init__(self, unit: Unit, head: bytes) -> None:
        self._unit = unit
        self._head = head
        self.size = unit.size

    def read(self, start: int = 0, stop: int | None = None, /) -> bytes:
        end = self.size if stop is None else stop
        return (
            self._head[start:end] if end <= len(self._head) else Unit.read(self._unit, start, end)
        )
