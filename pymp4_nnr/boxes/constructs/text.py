"""Text; what is no proper string stays bytes."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container

from ...errors import BoxBuildError, BoxParseError
from ..reader import window_on
from .build_values import as_bytes, field_of


class Text(Construct):
    """A NUL-terminated string in UTF-8, as str; as bytes without the NUL if it is not UTF-8."""

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        window = window_on(stream)
        start = window.tell()
        data = window.read()
        length = data.find(b"\0")
        if length < 0:
            raise BoxParseError(f"{field_of(path)}: the string is not terminated")
        window.seek(start + length + 1)
        return _text(data[:length])

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


class CountedText(Construct):
    """A Pascal string: one byte of length and the text, as str where it is UTF-8, else bytes."""

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        return _text(stream.read(stream.read(1)[0]))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        data = as_bytes(obj, field_of(path))
        if len(data) > 255:
            raise BoxBuildError(f"{field_of(path)}: {len(data)} bytes, 255 fit")
        stream.write(bytes([len(data)]) + data)


class WholeText(Construct):
    """UTF-8 text to the end of the box, without a terminator: str, or bytes if it is not UTF-8."""

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        return _text(window_on(stream).read())

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(as_bytes(obj, field_of(path)))


class CString(Construct):
    """A NUL-terminated string as bytes, as pymp4 has them in some boxes."""

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
