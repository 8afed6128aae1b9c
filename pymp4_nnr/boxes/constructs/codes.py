"""Codes: four characters, UUIDs, languages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from construct import Container

from ...errors import BoxBuildError
from .build_values import as_bytes
from .fixed import FixedField


class FourCC(FixedField):
    """A four-character code as bytes; as with pymp4, without the NULs at its end."""

    def __init__(self) -> None:
        super().__init__("4s")

    def decode(self, stored: bytes) -> bytes:
        return stored.rstrip(b"\0")

    def encode(self, value: Any, name: str) -> bytes:
        code = as_bytes(value, name)
        if len(code) > 4:
            raise BoxBuildError(f"{name}: a code has 4 bytes, not {code!r}")
        return code


class Identifier(FixedField):
    """A UUID (16 bytes). Building takes the bytes too."""

    def __init__(self) -> None:
        super().__init__("16s")

    def decode(self, stored: bytes) -> UUID:
        return UUID(bytes=stored)

    def encode(self, value: Any, name: str) -> bytes:
        if isinstance(value, UUID):
            return value.bytes
        identifier = as_bytes(value, name)
        if len(identifier) != 16:
            raise BoxBuildError(f"{name}: a UUID has 16 bytes, not {len(identifier)}")
        return identifier


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


class Language(FixedField):
    """A packed ISO 639-2/T code (ISO/IEC 14496-12, 8.4.2.3) as three letters; else the integer.

    QuickTime's Macintosh language codes, and codes with the pad bit set, are such integers.
    """

    _PACKED = PackedLanguage()

    def __init__(self) -> None:
        super().__init__("H")
        self.flagbuildnone = True

    def default(self, context: Container) -> str:
        return "und"

    def decode(self, stored: int) -> str | int:
        text = self._PACKED.decode(stored & 0x7FFF)
        return text if stored < 0x8000 and _is_letters(text) else stored

    def encode(self, value: Any, name: str) -> int:
        if isinstance(value, int):
            return value
        text = value.decode() if isinstance(value, bytes) else str(value)
        if len(text) != 3 or not _is_letters(text):
            raise BoxBuildError(f"a language is three letters from a to z, not {text!r}")
        return self._PACKED.encode(text)


def _is_letters(text: str) -> bool:
    return all("a" <= letter <= "z" for letter in text)
