"""A file that is changed in place, and is as it was where that fails."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import BinaryIO

from ..errors import ShortenedError
from .file_source import pread_all


class ChangedFile:
    """A file that becomes longer, and of which bytes are changed.

    Args:
        file: open for reading and writing.

    Attributes:
        file: as given.
        size: bytes that it had.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self._before: list[tuple[int, bytes]] = []

    def change(self, offset: int, data: bytes) -> None:
        """Change bytes that the file has had before.

        Raises:
            ShortenedError: they are not there any more.
        """
        descriptor = self.file.fileno()
        before = pread_all(descriptor, len(data), offset)
        if len(before) < len(data):
            raise ShortenedError("the file has been shortened meanwhile", offset=offset)
        self._before.append((offset, before))
        os.pwrite(descriptor, data, offset)

    def take_back(self) -> None:
        """Make the file what it was; what another process has cut off stays away."""
        descriptor = self.file.fileno()
        if os.fstat(descriptor).st_size > self.size:
            os.ftruncate(descriptor, self.size)
        for offset, data in reversed(self._before):
            if offset + len(data) <= os.fstat(descriptor).st_size:
                os.pwrite(descriptor, data, offset)


@contextlib.contextmanager
def changed_file(file: BinaryIO) -> Iterator[ChangedFile]:
    """Change a file; where the block is left by an exception, the file is as it was."""
    changed = ChangedFile(file)
    try:
        yield changed
    except BaseException:
        changed.take_back()
        raise
