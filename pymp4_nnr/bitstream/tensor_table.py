"""The index of tensors that is stored in a file: columns of numbers and names, for many samples.

`docs/format.md` says how it is stored, to the byte. It is a cache: what it says of a unit is
checked against the unit when that is read.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from ..errors import StoredIndexError
from .front_coding import common_size, find_front_coded
from .ndu_description import Described, Description

MAX_SIZE = 1 << 26
"""Bytes of the largest index that is written: for some five million tensors."""

SMALL_SIZE = 1 << 16
"""Bytes that an index may have beyond the units that it describes."""

_KEPT_FORMS = 1 << 12
"""Descriptions that are kept as objects; most files have a few hundred."""

_INDEPENDENT, _COUNTER, _DEVICE, _PARAMETER, _PARENT, _UNDESCRIBED = 1, 2, 4, 8, 16, 128
_PARENT_DATA = ("parent_device_id", "parent_node_payload_sha256", "parent_node_payload_sha512")
_PARENT_SIZE = (4, 32, 64)
_FORM_START = struct.Struct(">BB")
_TENSORS = struct.Struct(">HB")


class Columns(NamedTuple):
    """An index as it is stored; see docs/format.md, "Tensor index".

    Attributes:
        sample_count: how many samples it describes: the first of the track.
        sizes_crc: CRC-32 of their sizes.
        form_count: number of forms.
        forms: the different descriptions, one after the other.
        form_of_sample: for each sample the index of its form, in 1, 2 or 4 bytes.
        header_sizes: for each sample the bytes before its data, in 2 bytes.
        shared: for each name the bytes that it has in common with the start of the one before.
        suffixes: the other bytes of each name, and a zero.
    """

    sample_count: int
    sizes_crc: int
    form_count: int
    forms: bytes
    form_of_sample: bytes
    header_sizes: bytes
    shared: bytes
    suffixes: bytes


def index_width(form_count: int) -> int:
    """Bytes of an index of one of so many forms."""
    return 1 if form_count <= 1 << 8 else 2 if form_count <= 1 << 16 else 4


def sizes_crc(sizes: Iterable[int]) -> int:
    """CRC-32 (as in zlib) of sizes in bytes, each as 32 bits, most significant byte first."""
    return zlib.crc32(_big_endian(array("I", sizes)))


class TensorTableWriter:
    """Makes an index, sample by sample."""

    def __init__(self) -> None:
        self._forms: dict[bytes, int] = {}
        self._form_of_sample = array("I")
        self._header_sizes = array("H")
        self._shared = bytearray()
        self._suffixes: list[bytes] = []
        self._last = b""
        self._size = 0
        self._most = SMALL_SIZE
        self._named = 0

    @property
    def is_too_large(self) -> bool:
        """Whether the index is larger than what it describes: to read that costs less."""
        return self._size > min(self._most, MAX_SIZE)

    def add(self, found: Described | None, size: int) -> None:
        """Add the next sample, of so many bytes; None where it cannot be described."""
        self._most += size
        if found is None:
            form = bytes((_UNDESCRIBED,))
        else:
            form = _encode_form(_shifted(found.description, -len(self._header_sizes)))
        index = self._forms.get(form)
        if index is None:
            index = self._forms[form] = len(self._forms)
            self._size += len(form)
        self._form_of_sample.append(index)
        self._header_sizes.append(found.header_size if found else 0)
        for name in found.tensors if found else ():
            data = name.encode("utf-8", "surrogateescape")
            shared = common_size(self._last, data)
            self._shared.append(shared)
            self._suffixes.append(data[shared:])
            self._last = data
            self._size += len(data) - shared + 2
            self._named += 1

    def columns(self, sizes: Sequence[int]) -> Columns | None:
        """What is stored; None where no sample can be described, or the index is too large.

        Args:
            sizes: of the samples, in bytes.
        """
        width = index_width(len(self._forms))
        size = self._size + len(sizes) * (2 + width)
        if not self._named or self.is_too_large or size > MAX_SIZE:
            return None
        code = {1: "B", 2: "H", 4: "I"}[width]
        return Columns(
            sample_count=len(sizes),
            sizes_crc=sizes_crc(sizes),
            form_count=len(self._forms),
            forms=b"".join(self._forms),
            form_of_sample=_big_endian(array(code, self._form_of_sample)),
            header_sizes=_big_endian(self._header_sizes),
            shared=bytes(self._shared),
            suffixes=b"".join(suffix + b"\0" for suffix in self._suffixes),
        )


class TensorTable:
    """An index that was read from a file.

    Args:
        columns: as stored.

    Attributes:
        forms: the descriptions; None for samples that the index does not describe.
        names: of all tensors in the order of the bitstream; blocks have several.

    Raises:
        BitstreamError: the columns contradict each other.
    """

    def __init__(self, columns: Columns) -> None:
        count = columns.sample_count
        self._columns = columns
        self._searched = False
        self.forms = _Forms(columns.forms)
        code = {1: "B", 2: "H", 4: "I"}[index_width(columns.form_count)]
        self._form_of_sample = _native(code, columns.form_of_sample)
        self._header_sizes = _native("H", columns.header_sizes)
        if not (
            len(self.forms) == columns.form_count
            and len(self._form_of_sample) == len(self._header_sizes) == count
            and (not count or max(self._form_of_sample) < columns.form_count)
        ):
            raise StoredIndexError("the tensor index does not hold as many samples as it says")
        counts = self.forms.tensor_counts
        if set(counts) == {1}:
            self._first_name: Sequence[int] = range(count + 1)
        else:
            per_sample = map(counts.__getitem__, self._form_of_sample)
            self._first_name = array("Q", accumulate(per_sample, initial=0))
        names = columns.suffixes.count(b"\0")
        if columns.suffixes[-1:] not in (b"", b"\0") or not (
            self._first_name[-1] == names == len(columns.shared)
        ):
            raise StoredIndexError("the tensor index does not hold as many names as it says")

    def __len__(self) -> int:
        return len(self._header_sizes)

    def __repr__(self) -> str:
        return f"<TensorTable of {len(self._columns.shared)} names in {len(self)} samples>"

    def fits(self, sizes: Sequence[int]) -> bool:
        """Whether the first samples have the sizes that they had when the index was made."""
        return len(self) <= len(sizes) and self._columns.sizes_crc == sizes_crc(sizes[: len(self)])

    @cached_property
    def names(self) -> list[str]:
        """All names."""
        suffixes = self._columns.suffixes.split(b"\0")[:-1]
        name = b""
        names = []
        for shared, suffix in zip(self._columns.shared, suffixes, strict=True):
            name = name[:shared] + suffix
            names.append(name)
        return b"\0".join(names).decode("utf-8", "surrogateescape").split("\0") if names else []

    def find(self, name: str) -> Sequence[int]:
        """0-based indices of the samples of a tensor, in order; none where there is no such name.

        The first name is searched for among the names as they are stored; from the second on,
        all of them are made, and found at once.
        """
        if self._searched or "by_name" in self.__dict__:
            return self.by_name.get(name, ())
        self._searched = True
        try:
            wanted = name.encode("utf-8", "surrogateescape")
        except (AttributeError, UnicodeEncodeError):  # no name of a tensor
            return ()
        found = find_front_coded(wanted, self._columns.shared, self._columns.suffixes)
        first = self._first_name
        if isinstance(first, range):
            return found
        return list(dict.fromkeys(bisect_right(first, place) - 1 for place in found))

    def is_whole(self, sample_count: int) -> bool:
        """Whether each of so many samples is described."""
        return len(self) == sample_count and self.forms.all_described

    def form(self, sample: int) -> Description | None:
        """What the index says of a sample, but for its names and its `parameter_id`."""
        return self.forms[self._form_of_sample[sample]]

    def described(self, sample: int) -> Described | None:
        """What the index says of the sample with this 0-based index; None for nothing.

        Raises:
            IndexError: there is no such sample.
        """
        form = self.form(sample)
        if form is None:
            return None
        first, last = self._first_name[sample], self._first_name[sample + 1]
        names = tuple(self.names[first:last])
        return Described(_shifted(form, sample), self._header_sizes[sample], names)

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[int]]:
        """For each name the 0-based indices of its samples, in the order of the bitstream."""
        first = self._first_name
        if isinstance(first, range):  # one name each
            single = dict(zip(self.names, zip(range(len(self)), strict=True), strict=True))
            if len(single) == len(self):
                return single
        found: dict[str, list[int]] = {}
        for sample in range(len(self)):
            for name in dict.fromkeys(self.names[first[sample] : first[sample + 1]]):
                found.setdefault(name, []).append(sample)
        return found


def _shifted(form: Description, by: int) -> Description:
    """A description with another `parameter_id`.

    Encoders count it from tensor to tensor, so that it is stored as its distance from the index
    of the sample: many samples have one form then.
    """
    if not form.node:
        return form
    node = tuple(
        (name, value + by & 0xFFFFFFFF if name == "parameter_id" else value)
        for name, value in form.node
    )
    return replace(form, node=node)


def _encode_form(form: Description) -> bytes:
    node, parent = dict(form.node), dict(form.parent)
    kind = parent.get("parent_node_id_type")
    counter = form.partial_data_counter
    flags = form.independently_decodable_flag * _INDEPENDENT
    flags |= (counter is not None) * _COUNTER
    flags |= ("device_id" in node) * _DEVICE
    flags |= ("parameter_id" in node) * _PARAMETER
    flags |= (kind is not None) * _PARENT
    data = [_FORM_START.pack(flags, form.payload_type)]
    if counter is not None:
        data.append(bytes((counter,)))
    data.append(_TENSORS.pack(form.tensor_count, len(form.dimensions)))
    data += [value.to_bytes(4) for value in (*form.dimensions, *node.values())]
    if kind is not None:
        data.append(bytes((kind << 1 | parent["temporal_context_modeling_flag"],)))
        data.append(parent[_PARENT_DATA[kind]].to_bytes(_PARENT_SIZE[kind]))
    return b"".join(data)


class _Forms(Sequence[Description | None]):
    """The forms of an index, of which only the first are kept as objects; there may be millions.

    Attributes:
        tensor_counts: how many names each has; 0 for samples that the index does not describe.
        all_described: whether there is no form for these.

    Raises:
        BitstreamError: a form is cut off, or there is no such form.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._starts = array("I")
        self._kept: list[Description | None] = []
        self.tensor_counts = array("H")
        self.all_described = True
        at = 0
        while at < len(data):
            form, end = _decode_form(data, at)
            if len(self._kept) < _KEPT_FORMS:
                self._kept.append(form)
            self._starts.append(at)
            self.tensor_counts.append(0 if form is None else form.tensor_count)
            self.all_described &= form is not None
            at = end

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> Description | None:  # type: ignore[override]
        if index < len(self._kept):
            return self._kept[index]
        return _decode_form(self._data, self._starts[index])[0]


def _decode_form(data: bytes, at: int) -> tuple[Description | None, int]:
    """The form that begins at a place, and where it ends.

    Raises:
        BitstreamError: it is cut off, or there is no such form.
    """

    def take(size: int) -> int:
        nonlocal at
        at += size
        if at > len(data):
            raise StoredIndexError("the tensor index ends within a form")
        return int.from_bytes(data[at - size : at])

    flags = take(1)
    if flags == _UNDESCRIBED:
        return None, at
    payload_type = take(1)
    counter = take(1) if flags & _COUNTER else None
    tensor_count = take(2)
    dimensions = tuple(take(4) for _ in range(take(1)))
    node = [("device_id", take(4))] if flags & _DEVICE else []
    if flags & _PARAMETER:
        node += [("parameter_id", take(4)), ("put_node_depth", take(4))]
    parent: list[tuple[str, int]] = []
    if flags & _PARENT:
        kind, temporal = divmod(take(1), 2)
        if kind >= len(_PARENT_DATA):
            raise StoredIndexError("the tensor index has a parent_node_id_type that is reserved")
        parent = [("parent_node_id_type", kind), (_PARENT_DATA[kind], take(_PARENT_SIZE[kind]))]
        parent.append(("temporal_context_modeling_flag", temporal))
    if flags & ~(_INDEPENDENT | _COUNTER | _DEVICE | _PARAMETER | _PARENT):
        raise StoredIndexError("the tensor index has a form that is not known")
    independent = flags & _INDEPENDENT
    dependencies = tuple(node), tuple(parent)
    form = Description(independent, counter, payload_type, dimensions, tensor_count, *dependencies)
    return form, at


def _big_endian(values: array[int]) -> bytes:
    if sys.byteorder == "little" and values.itemsize > 1:
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _native(code: str, data: bytes) -> array[int]:
    values = array(code)
    if len(data) % values.itemsize:
        raise StoredIndexError("the tensor index does not hold as many samples as it says")
    values.frombytes(data)
    if sys.byteorder == "little":
        values.byteswap()
    return values
