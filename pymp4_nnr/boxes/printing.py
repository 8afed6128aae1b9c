"""Boxes as text, as pymp4's `mp4dump` prints them, and stand-ins for boxes that are not read."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from construct import Container, setglobalfullprinting
from construct.lib import container as construct_container

from ..errors import BoxParseError
from .registry import _UNKNOWN_BOX, BOX, BoxContainer
from .window import Window

_lock = threading.Lock()

# A name in a file is not to steer the terminal that it is printed on.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(10), *range(11, 32), *range(127, 160))}


class NotRead(NamedTuple):
    """The place of bytes that a dump does not show.

    Attributes:
        offset: byte offset in the file.
        size: number of bytes.
    """

    offset: int
    size: int

    def __str__(self) -> str:
        return f"{self.size} bytes at offset {self.offset}, not read"


def is_known(code: bytes) -> bool:
    """Whether there is a definition of boxes of this type."""
    return BOX.find(code) is not _UNKNOWN_BOX


def parse_box(data: bytes, offset: int) -> Container:
    """Parse one whole box that lies at `offset` in its file.

    Raises:
        BoxParseError: `data` is not one box.
    """
    window = Window(data, offset)
    box: Container = BOX.parse_stream(window)
    if window.remaining:
        raise BoxParseError(f"{window.remaining} bytes after the box", offset=window.tell())
    return box


def unread_box(
    code: bytes, offset: int, size: int, header_size: int, size_form: str | None
) -> Container:
    """A box as a dump shows it whose body is not read; it cannot be built."""
    box = BoxContainer()
    box["offset"] = offset
    box["type"] = code
    if size_form is not None:
        box["size_form"] = size_form
    box["size"] = size
    box["header_size"] = header_size
    box["data"] = NotRead(offset + header_size, size - header_size)
    box["end"] = offset + size
    return box


def box_text(box: Any) -> str:
    """The text of a parsed box, in full: all rows of tables, the first 64 bytes of byte strings."""
    with _lock:  # how construct prints is a setting of the process
        before = construct_container.globalfullprinting
        setglobalfullprinting(True)
        try:
            text = str(box)
        finally:
            setglobalfullprinting(before)
    return text.translate(_CONTROLS)
