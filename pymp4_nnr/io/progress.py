"""How far an operation is, for those who show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from .byte_source import Source

Progress: TypeAlias = Callable[[int], None]
"""Called with the number of bytes written since the last call."""


class StepProgress:
    """A `Progress` that is also told of the steps of an operation, and how long each will be."""

    def begin(self, step: str, total: int) -> None:
        """The operation begins a step; calls from now on count bytes of it.

        Args:
            step: what is being done, such as ``reading``.
            total: bytes of the step.
        """
        raise NotImplementedError

    def __call__(self, count: int) -> None:
        raise NotImplementedError


def watched(source: Source, progress: Progress | None) -> Source:
    """A source for the step of reading it from its start to its end, of which `progress` is told.

    Others than a `StepProgress` are only told of bytes that are written.
    """
    if not isinstance(progress, StepProgress):
        return source
    progress.begin("reading", source.size)
    return _WatchedSource(source, progress)


class _WatchedSource(Source):
    """A source that tells how far it has been read."""

    def __init__(self, source: Source, progress: Progress) -> None:
        self.size = source.size
        self.is_remote = source.is_remote
        self._source = source
        self._progress = progress
        self._told = 0

    def read(self, offset: int, size: int) -> bytes:
        return self._source.read(offset, size)

    def window(self, offset: int, size: int) -> tuple[int, bytes]:
        if offset > self._told:
            self._progress(offset - self._told)
            self._told = offset
        return self._source.window(offset, size)
