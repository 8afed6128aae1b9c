"""The operations in memory: bytes in, bytes out."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest

from pymp4_nnr import demux, errors, mux, remove
from pymp4_nnr.bitstream.tensor_index import TensorIndex
from pymp4_nnr.operations.inspect import FileInfo
from tests.nnr.streams import SIMPLE


def muxed(source: Any, **options: Any) -> bytes:
    """The file that `mux` writes."""
    target = io.BytesIO()
    assert mux(source, target, **options) == len(target.getvalue())
    return target.getvalue()


def added(movie: Any, source: Any = SIMPLE, **options: Any) -> bytes:
    """The file that `mux` writes when it adds a network to a movie."""
    return muxed(source, into=movie, **options)


def demuxed(source: Any, track_id: int | None = None) -> bytes:
    """The bitstream that `demux` writes."""
    target = io.BytesIO()
    assert demux(source, target, track_id=track_id) == len(target.getvalue())
    if isinstance(source, bytes):
        with contextlib.suppress(errors.NotStreamableError):
            assert streamed(source, track_id) == target.getvalue()
    return target.getvalue()


def streamed(source: bytes, track_id: int | None = None) -> bytes:
    """The bitstream that `demux` writes while the file arrives."""
    target = io.BytesIO()
    assert demux(Pipe(source), target, track_id=track_id) == len(target.getvalue())
    return target.getvalue()


class Pipe:
    """A file object that gives some bytes, a few at a time, and cannot seek."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._file.read(min(size, 1000) if size >= 0 else 1000)


def tensor_index(source: Any, track_id: int | None = None) -> TensorIndex:
    """The index of the tensors of a bitstream, or of a track."""
    file = FileInfo(source)
    try:
        return file.tensors(file.track(track_id))
    except BaseException:
        file.close()
        raise


def removed(source: Any, track_id: int | None = None) -> bytes:
    """The file that `remove` writes."""
    target = io.BytesIO()
    assert remove(source, target, track_id=track_id) == len(target.getvalue())
    return target.getvalue()


class UntouchedTarget(io.RawIOBase):
    """A target that must stay as it is."""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise AssertionError("something was written")


def refused(movie: Any, kind: type[errors.NNRError], **options: Any) -> str:
    """The message with which `mux` refuses to add a network to a movie; nothing is written."""
    with pytest.raises(kind) as caught:
        mux(SIMPLE, UntouchedTarget(), into=movie, **options)
    return str(caught.value)
