"""Codes: four characters, UUIDs, languages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from construct import Construct, Container

from ...errors import BoxBuildError
from .build_values import as_bytes, field_of


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


class Identifier(Construct):
    """A UUID (16 bytes). Building takes the bytes too."""

    def _parse(self, stream: Any, context: Container, path: str) -> UUID:
        return UUID(bytes=stream.read(16))

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(obj.bytes if isinstance(obj, UUID) else UUID(bytes=bytes(obj)).bytes)


class PackedLanguage:
    """Bits of three letters, each its distance from 0x60 in 5 bits (ISO/IEC 14496-12, 8.4.2.3).

    Every value has a text, as with pymp4: QuickTime's codes come out as letters and signs.
    """

    width = 15

    def decode(self, number: int) -> str:
        return "".join(chr((number >> shift & 31) + 0x60) for shift in (10, 5, 0))

    def encode(self, value: Any) -> int:
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        codes = [ord(letter) - 0x60 for letter in text]
        if len(codes) != 3 or not all(0 <= code < 32 for code in codes):
            raise BoxBuildError(f"a language has three letters, not {value!r}")
        return codes[0] << 10 | codes[1] << 5 | codes[2]


class Language(Construct):
    """A packed ISO 639-2/T code (ISO/IEC 14496-12, 8.4.2.3) as three letters; else the integer.

    QuickTime's Macintosh language codes, and codes with the pad bit set, are such integers.
    """

    _PACKED = PackedLanguage()

    def __init__(self) -> None:
        super().__init__()
        self.flagbuildnone = True

    def _parse(self, stream: Any, context: Container, path: str) -> str | int:
        number = int.from_bytes(stream.read(2))
        text = self._PACKED.decode(number & 0x7FFF)
        return text if number < 0x8000 and _is_letters(text) else number

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        code = "und" if obj is None else obj
        if isinstance(code, int):
            stream.write(code.to_bytes(2))
            return
        text = code.decode() if isinstance(code, bytes) else str(code)
        if len(text) != 3 or not _is_letters(text):
            raise BoxBuildError(f"a language is three letters from a to z, not {text!r}")
        stream.write(self._PACKED.encode(text).to_bytes(2))


def _is_letters(text: str) -> bool:
    return all("a" <= letter <= "z" for letter in text)
