"""Files that are read as from a server: the same as in memory, by ranges that lie in the file."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pymp4_nnr import demux
from pymp4_nnr.io.remote_source import RemoteSource
from pymp4_nnr.operations.inspect import FileInfo

from ..checks import EXPECTED, Target

KIND = "movie"


class ServedFile:
    """A `RemoteFile` of bytes in memory, in portions of any size."""

    def __init__(self, data: bytes) -> None:
        self.name = "memory"
        self.size = len(data)
        self._random = random.Random(len(data))
        self.head = data[: self._random.randrange(1, 2000)]
        self._data = data

    def stream(self, offset: int, size: int) -> Iterator[bytes]:
        """See `RemoteFile`."""
        assert 0 <= offset < offset + size <= self.size
        while size > 0:
            count = self._random.randrange(1, size + 1)
            yield self._data[offset : offset + count]
            offset, size = offset + count, size - count


def restored(source: bytes | RemoteSource) -> bytes | None:
    """The bitstream in a file; None where that is an error."""
    target = Target()
    try:
        demux(source, target)
    except EXPECTED:
        return None
    return target.getvalue()


def listed(source: bytes | RemoteSource) -> list[list[object]] | None:
    """The units of each track, and where the tensors lie; None where that is an error."""
    try:
        with FileInfo(source, whole=True) as file:
            found: list[list[object]] = []
            for track in file.tracks or [None]:
                found.append([(unit.offset, unit.read()) for unit, _ in file.places(track)])
                index = file.tensors(track)
                found.append([(part.offset, part.tensors) for part in index.parts])
            return found
    except EXPECTED:
        return None


def run(data: bytes) -> None:
    if not data:
        return
    assert restored(RemoteSource(ServedFile(data))) == restored(data)
    assert listed(RemoteSource(ServedFile(data))) == listed(data)
    try:  # without looking at boxes after `moov`
        with FileInfo(RemoteSource(ServedFile(data))) as file:
            for track in file.tracks:
                list(file.tensors(track).parts)
    except EXPECTED:
        pass
    copied = RemoteSource(ServedFile(data)).fetched([(len(data) // 3, len(data) // 3)])
    assert b"".join(copied.stream(0, len(data))) == data
    assert copied.read(0, len(data)) == data
