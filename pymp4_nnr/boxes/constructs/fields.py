"""Fields that many boxes share: versions, optional fields, text, codes and languages.

What cannot be expressed in the friendlier form is kept in the plainer one: text that is no proper
string stays bytes, a language that is no three letters stays an integer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from construct import Bytes, Construct, Container, Default, Int24ub, Struct, Subconstruct

from ...errors import BoxBuildError, BoxParseError
from ..box import BoxFamily, Definition
from ..reader import window_on
from ..registry import BOX, BoxContainer
from .values import as_bytes, field_of

Predicate = Callable[[Container], Any]


def Versioned(
    *fields: Construct, versions: tuple[int, ...] = (0,), flags: int | Construct = 0
) -> Struct:
    """A FullBox (ISO/IEC 14496-12, 4.2.2) of the versions known; others are kept as raw bytes.

    Args:
        fields: what follows version and flags.
        versions: those that `fields` describe; the first is the default when building.
        flags: default when building, or the construct of the field.
    """
    field = flags if isinstance(flags, Construct) else Default(Int24ub, flags)
    return Struct("version" / _Version(versions), "flags" / field, *fields)


class _Version(Construct):
    """The version of a FullBox, one of those known."""

    def __init__(self, versions: tuple[int, ...]) -> None:
        super().__init__()
        self.versions = versions
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> int:
        version: int = stream.read(1)[0]
        if version not in self.versions:
            raise BoxParseError(f"version {version} is not known")
        return version

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> int:
        version = self.versions[0] if obj is None else int(obj)
        if version not in self.versions:
            known = ", ".join(map(str, self.versions))
            raise BoxBuildError(f"version {version} is not known, only {known}")
        stream.write(bytes([version]))
        return version


def from_version(version: int) -> Predicate:
    """Predicate for `When` and the like: the enclosing FullBox has this version or a later one."""
    return lambda context: context["version"] >= version


def flag(mask: int) -> Predicate:
    """Predicate for `When` and the like: the enclosing FullBox has a flag of `mask` set."""
    return lambda context: context["flags"] & mask


class When(Subconstruct):
    """A field that is there under a condition, and None otherwise.

    Unlike construct's `If`, building refuses a value that the condition leaves no place for.
    """

    def __init__(self, predicate: Predicate, subcon: Construct) -> None:
        super().__init__(subcon)
        self.predicate = predicate
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        return self.subcon._parse(stream, context, path) if self.predicate(context) else None

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        name = path.rpartition(" -> ")[2]
        if not self.predicate(context):
            if obj is not None:
                raise BoxBuildError(f"{name} = {obj!r} has no place by the version and flags given")
            return None
        if obj is None and not self.subcon.flagbuildnone:
            raise BoxBuildError(f"field {name!r} is missing")
        return self.subcon._build(obj, stream, context, path)


class IfMore(Subconstruct):
    """A field at the end of a box that older writers leave out: None where no byte is left."""

    def __init__(self, subcon: Construct) -> None:
        super().__init__(subcon)
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        window = window_on(stream)
        return self.subcon._parse(window, context, path) if window.remaining else None

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        return None if obj is None else self.subcon._build(obj, stream, context, path)


class Unsigned(Construct):
    """An unsigned integer of so many bytes, which may be none: the value is 0 then.

    Args:
        size: function of the context that gives the number of bytes.
    """

    __slots__ = ("size",)

    def __init__(self, size: Callable[[Container], int]) -> None:
        super().__init__()
        self.size = size

    def _parse(self, stream: Any, context: Container, path: str) -> int:
        return int.from_bytes(stream.read(self.size(context)))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        size = self.size(context)
        try:
            stream.write(int(obj).to_bytes(size))
        except OverflowError as error:
            name = path.rpartition(" -> ")[2]
            raise BoxBuildError(f"{name} = {obj} does not fit {size} byte(s)") from error


# --- text


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


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


class FourCC(Construct):
    """A four-character code as bytes; as with pymp4, without the NULs at its end."""

    def _parse(self, stream: Any, context: Container, path: str) -> bytes:
        code: bytes = stream.read(4)
        return code.rstrip(b"\0")

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        code = as_bytes(obj, field_of(path))
        if len(code) > 4:
            raise BoxBuildError(f"{field_of(path)}: a code has 4 bytes, not {code!r}")
        stream.write(code.ljust(4, b"\0"))


class Language(Construct):
    """A packed ISO 639-2/T code (ISO/IEC 14496-12, 8.4.2.3) as three letters; else the integer.

    QuickTime's Macintosh language codes, and codes with the pad bit set, are such integers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | int:
        number = int.from_bytes(stream.read(2))
        letters = [number >> shift & 31 for shift in (10, 5, 0)]
        if number >> 15 or not all(1 <= letter <= 26 for letter in letters):
            return number
        return "".join(chr(letter + 0x60) for letter in letters)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        code = "und" if obj is None else obj
        if isinstance(code, int):
            stream.write(code.to_bytes(2))
            return
        text = code.decode() if isinstance(code, bytes) else str(code)
        if len(text) != 3 or not all("a" <= letter <= "z" for letter in text):
            raise BoxBuildError(f"a language is three letters from a to z, not {text!r}")
        number = 0
        for letter in text:
            number = number << 5 | ord(letter) - 0x60
        stream.write(number.to_bytes(2))


class Identifier(Construct):
    """A UUID (16 bytes). Building takes the bytes too."""

    def _parse(self, stream: Any, context: Container, path: str) -> UUID:
        return UUID(bytes=stream.read(16))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(obj.bytes if isinstance(obj, UUID) else UUID(bytes=bytes(obj)).bytes)


def Reserved(size: int) -> Default:
    """Bytes that the standard reserves: kept, and zero when building without them."""
    return Default(Bytes(size), bytes(size))


# --- families


PADDING = (b"free", b"skip", b"wide")
"""Boxes that may stand among any others."""


def family(
    codes: dict[bytes, Construct],
    default: Construct | None = None,
    *,
    container: type[Container] = BoxContainer,
) -> BoxFamily:
    """Boxes whose meaning depends on the box that they lie in.

    Args:
        codes: the body of each type.
        default: the body of all other types (but `free` and the like); None: as everywhere.
        container: the class of parsed boxes.
    """
    definitions = {code: Definition(body) for code, body in codes.items()}
    others = None if default is None else Definition(default)

    def find(code: bytes) -> Definition:
        found = definitions.get(code)
        if found is None and code not in PADDING:
            found = others
        return found or BOX.find(code)

    return BoxFamily("type", find, framed=True, container=container)
