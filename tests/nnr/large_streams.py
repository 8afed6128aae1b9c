"""Synthetic bitstreams of any size: units that nothing but the splitter looks into."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from pymp4_nnr.io.source import Source

MIB = 1 << 20
GIB = 1 << 30

LARGEST_UNIT = (1 << 31) - 1
"""Bytes."""

START = bytes.fromhex("00040001")
"""NNR_STR."""

PARAMETERS = bytes.fromhex("0006040000 00")
"""NNR_MPS."""

LAYER = bytes.fromhex("0004 08 00")
"""NNR_LPS, which can stand between NDUs."""


def ndu_head(size: int, *, independent: bool = True) -> bytes:
    """The first bytes of an NNR_NDU of `size` bytes: 3 of them, or 5 from 32 KiB on."""
    kind = bytes([5 << 2 | independent << 1])
    if size < 1 << 15:
        return size.to_bytes(2) + kind
    return (1 << 31 | size).to_bytes(4) + kind


def ndu(size: int, *, independent: bool = True) -> bytes:
    """An NNR_NDU whose payload is zeros."""
    return ndu_head(size, independent=independent).ljust(size, b"\0")


def write_sparse(file: BinaryIO, sizes: Iterable[int]) -> None:
    """Append NDUs of these sizes with holes for payloads."""
    end = file.tell()
    for size in sizes:
        file.seek(end)
        file.write(ndu_head(size))
        end += size
    file.truncate(end)


def sparse_model(path: Path, sizes: Iterable[int]) -> Path:
    """Write a bitstream: a start, parameters, and NDUs of these sizes with holes for payloads."""
    with path.open("wb") as file:
        file.write(START + PARAMETERS)
        write_sparse(file, sizes)
    return path


class VirtualModel(Source):
    """A bitstream of a start, parameters and NDUs of given sizes, of which no byte is stored."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._heads = [START + PARAMETERS, *map(ndu_head, sizes)]
        lengths = [len(self._heads[0]), *sizes]
        self._starts = list(itertools.accumulate(lengths, initial=0))
        self.size = self._starts.pop()

    def read(self, offset: int, size: int) -> bytes:
        size = max(min(size, self.size - offset), 0)
        data = bytearray(size)
        for unit in range(
            bisect.bisect_right(self._starts, offset) - 1,
            bisect.bisect_left(self._starts, offset + size),
        ):
            at, head = self._starts[unit], self._heads[unit]
            start = max(at, offset)
            part = head[start - at : offset + size - at]
            data[start - offset : start - offset + len(part)] = part
        return bytes(data)
