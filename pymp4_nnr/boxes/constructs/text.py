"""Text; what is no proper string stays bytes."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import as_bytes, field_of

BYTE_ORDER_MARKS = (b"\xfe\xff", b"\xff\xfe")
"""What a text in UTF-16 begins with."""


class Text(Construct):
    """A NUL-terminated string in UTF-8, as str; as bytes without the NUL if it is not UTF-8."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        window = window_on(stream)
        end = window.data.find(b"\0", window.position, window.end)
        if end < 0:
            raise BoxParseError(f"{field_of(path)}: the string is not terminated")
        text = window.read(end - window.position)
        window.position = end + 1
        return _text(text)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        if b"\0" in data:
            raise BoxBuildError(f"{field_of(path)}: a string cannot hold NUL")
        stream.write(data + b"\0")


class LastText(Construct):
    """The string at the end of a box: str where it is UTF-8 with one NUL, at the end.

    Anything else (no terminator, several, a Pascal string, another encoding) is all the bytes
    that are left, as they are. Building takes both, and ends only a str with a NUL.
    """

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        data = window_on(stream).read()
        if not data or data.find(b"\0") != len(data) - 1:
            return data
        text = _text(data[:-1])
        return text if isinstance(text, str) else data

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        if isinstance(obj, str):
            Text()._build(obj, stream, context, path)
        else:
            stream.write(as_bytes(obj, field_of(path)))


class Unterminated(bytes):
    """The bytes of a string that no NUL ends, as a box has them; they are built without one."""


class HandlerName(LastText):
    """As `LastText`, but bytes are text as well, which building ends with a NUL: so pymp4 has it.

    Bytes that have a NUL already are built as they are, and so are those without one that were
    parsed (a Pascal string, or nothing): `Unterminated`.
    """

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        name = super()._parse(stream, context, path)
        return name if isinstance(name, str) or b"\0" in name else Unterminated(name)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        whole = isinstance(obj, (str, Unterminated))
        data = obj if whole else as_bytes(obj, field_of(path))
        if not whole and b"\0" not in data:
            data += b"\0"
        super()._build(data, stream, context, path)


class UnicodeText(Construct):
    """A NUL-terminated string in UTF-8 or, after a byte order mark, UTF-16.

    In UTF-8 it is a str; else bytes without the terminator, and with the mark.
    """

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        window = window_on(stream)
        if window.peek(2) not in BYTE_ORDER_MARKS:
            return Text()._parse(window, context, path)
        start, at = window.position, window.position
        while (at := window.data.find(b"\0\0", at, window.end)) >= 0:
            if (at - start) % 2 == 0:
                text = window.read(at - start)
                window.position = at + 2
                return text
            at += 1
        raise BoxParseError(f"{field_of(path)}: the string is not terminated")

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        if data[:2] in BYTE_ORDER_MARKS:
            stream.write(data + bytes(2))
        else:
            Text()._build(obj, stream, context, path)


class CountedText(Construct):
    """A Pascal string: one byte of length and the text, as str where it is UTF-8, else bytes."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        return _text(stream.read(stream.read(1)[0]))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        if len(data) > 255:
            raise BoxBuildError(f"{field_of(path)}: {len(data)} bytes, 255 fit")
        stream.write(bytes([len(data)]) + data)


class WholeText(Construct):
    """UTF-8 text to the end of the box, without a terminator: str, or bytes if it is not UTF-8."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        return _text(window_on(stream).read())

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(as_bytes(obj, field_of(path)))


class CString(Construct):
    """A NUL-terminated string as bytes, as pymp4 has them in some boxes."""

    exact = True

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        value = Text()._parse(stream, context, path)
        return value.encode() if isinstance(value, str) else value

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        Text()._build(obj, stream, context, path)


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
