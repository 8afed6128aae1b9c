"""The root of all errors of this package: what is wrong, where, and a code for the rule."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .escape import printable

RAISED = "limit (--limit) raises that"
"""In messages: how to have a file read that refers to the same bytes many times and means it."""


class NNRError(Exception):
    """Root of all errors of this package.

    Attributes:
        code: the rule that is broken, such as ``sample-outside-file``: one for each class.
        reason: what is wrong, without the place.
        unit_index: 0-based index of the NNR unit concerned, or None.
        box_path: path of the box concerned, such as ``moov/trak[1]/mdia``, or None.
        offset: byte offset of the fault in its file or bitstream, or None.
        file: path of the file, where several are read and it is known; else None.
    """

    code: str = "error"
    file: str | None = None

    def __init_subclass__(cls, *, code: str | None = None) -> None:
        """Give the class a code; without one, it has that of its base."""
        super().__init_subclass__()
        if code is not None:
            cls.code = code

    def __init__(
        self,
        reason: str,
        *,
        unit_index: int | None = None,
        box_path: str | None = None,
        offset: int | None = None,
    ) -> None:
        self.reason = reason
        self.unit_index = unit_index
        self.box_path = box_path
        self.offset = offset
        super().__init__(reason)

    def __str__(self) -> str:
        where = []
        if self.file is not None:
            where.append(self.file)
        if self.unit_index is not None:
            where.append(f"unit {self.unit_index}")
        if self.box_path:
            where.append(self.box_path)
        if self.offset is not None:
            where.append(f"byte offset {self.offset}")
        return printable(f"{', '.join(where)}: {self.reason}" if where else self.reason)

    def record(self) -> dict[str, str | int | None]:
        """The error as values that JSON has: what it says, its code and its place."""
        return {
            "code": self.code,
            "message": str(self),
            "reason": self.reason,
            "file": self.file,
            "box_path": self.box_path,
            "unit_index": self.unit_index,
            "offset": self.offset,
        }

    def __repr__(self) -> str:
        names = ("unit_index", "box_path", "offset", "file")
        given = [(name, getattr(self, name)) for name in names]
        where = "".join(f", {name}={value!r}" for name, value in given if value is not None)
        return f"{type(self).__name__}({self.reason!r}{where})"


@contextmanager
def in_file(file: object) -> Iterator[None]:
    """Set `NNRError.file` of errors that are raised inside, if `file` is a path."""
    try:
        yield
    except NNRError as error:
        from .escape import hide_secrets  # not before there is an error

        if error.file is None and isinstance(file, (str, os.PathLike)):
            error.file = hide_secrets(str(os.fspath(file)))
        raise
