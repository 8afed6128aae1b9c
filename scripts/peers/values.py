"""Fields of boxes as lists of plain values, and whether two of them say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

Value = int | float | str | bytes | None


@dataclass
class Fields:
    """One box as a program shows it.

    Attributes:
        path: types from the top level down, each with its 0-based number among its like siblings.
        type: four-character code, without trailing spaces.
        values: all values of each field, in order; those of structures in the box as well.
    """

    path: str
    type: str
    values: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, name: str, value: Any) -> None:
        """Add a value of a field."""
        self.values.setdefault(name, []).append(value)

    def field(self, name: str) -> list[Any] | None:
        """The values of the field of this name, or of one that differs in its writing alone."""
        if name in self.values:
            return self.values[name]
        plain = plain_name(name)
        return next(
            (
                found
                for key, found in self.values.items()
                if plain_name(key) == plain and not key.startswith("@")
            ),
            None,
        )


BODY = "@body"
"""The field of a box that a program does not take apart: all bytes after its type."""


def type_name(code: str) -> str:
    """A type as this comparison writes it: without spaces at its end, in hexadecimal digits if it
    has characters that cannot be printed."""
    code = code.rstrip(" ")
    return code if code.isprintable() else code.encode("latin-1", "replace").hex()


def printable(path: str) -> str:
    """A path as Bento4 would write it: with a dot for every character that is not in ASCII."""
    return re.sub(r"[^ -~]", ".", path)


class Paths:
    """Gives the boxes of one parent their paths."""

    def __init__(self, parent: str = "") -> None:
        self.parent = parent
        self.counts: dict[str, int] = {}

    def next(self, kind: str) -> str:
        """The path of the next box of a type."""
        number = self.counts.get(kind, 0)
        self.counts[kind] = number + 1
        return f"{self.parent}/{kind}[{number}]"


def plain_name(name: str) -> str:
    """A name without capitals, spaces and underscores, and without the structure it lies in."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())


_NUMBERS = {
    **dict.fromkeys(("UNKNOWN", "MEDIA"), 0),
    **dict.fromkeys(("LEADINGDEP", "DEPENDS", "NOTDISPOSABLE", "REDUNDANT", "INDEX"), 1),
    **dict.fromkeys(("NOTLEADING", "NOTDEPENDS", "DISPOSABLE", "NOTREDUNDANT"), 2),
    **dict.fromkeys(("LEADINGNODEP", "RESERVED"), 3),
}
"""Values of fields that pymp4 shows by name."""

_WORDS = {
    "(null)": (None, "", b""),
    "unknown": (0,),
    "yes": (1,),
    "no": (0, 2),
    "vertical": (0,),
    "horizontal": (1,),
    "YUV 4:2:0": (1,),
    "YUV 4:2:2": (2,),
    "YUV 4:4:4": (3,),
}
"""Words that MP4Box prints for values."""

_OCTETS = re.compile(r"data:application/octet-string,(.*)", re.DOTALL)
_BRACKETS = re.compile(r"\[((?:[0-9a-f]{2} ?)*)\]", re.IGNORECASE)


def canonical(value: Any) -> Any:
    """What a program prints, as a number or as bytes if it is one."""
    if isinstance(value, bool):
        return int(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    identifier = re.fullmatch(r"(?:es|od)(\d+)", text)
    if identifier:
        return int(identifier[1])
    octets = _OCTETS.fullmatch(text)
    if octets:
        digits = octets[1].replace("%", "")
        return bytes.fromhex(digits) if re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", digits) else text
    brackets = _BRACKETS.fullmatch(text)
    if brackets:
        return bytes.fromhex(brackets[1])
    for base in (10, 16):
        try:
            if base == 10 or text.lower().startswith("0x"):
                return int(text, base)
        except ValueError:
            pass
    try:
        return float(text)
    except ValueError:
        return value


def _text(value: Any) -> str:
    data = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return data.strip(" \0")


def _hex(value: Any) -> str | None:
    """The hexadecimal digits of bytes, of an identifier or of a text of such digits."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    digits = re.sub(r"^0x|[-{}\s]", "", str(value).lower())
    return digits if re.fullmatch(r"[0-9a-f]+", digits) else None


def same(ours: Any, theirs: Any) -> bool:
    """Whether a value of ours and one that a program prints are the same."""
    read = canonical(theirs)
    ours = int(ours) if isinstance(ours, bool) else ours
    if isinstance(read, (int, float)) and isinstance(ours, str):
        ours = _NUMBERS.get(ours, ours)
    if isinstance(ours, int) and re.fullmatch(r"[0-9a-f]{7,8}", str(theirs)):
        return ours in (int(str(theirs), 16), read)
    if isinstance(ours, (int, float)) and isinstance(read, (int, float)):
        return abs(ours - read) <= _precision(theirs) + 1e-9 * abs(ours)
    if isinstance(theirs, str) and theirs in _WORDS and ours in _WORDS[theirs]:
        return True
    if isinstance(ours, bytes) and isinstance(read, int) and len(ours) == 4:
        return int.from_bytes(ours) == read
    if ours is None:
        return read in ("", None)
    if isinstance(ours, (bytes, str)) and _text(ours) == _text(theirs):
        return True
    if isinstance(ours, (bytes, bytearray, UUID)):
        return _hex(ours) in (_hex(read), _hex(theirs))
    return bool(ours == read)


def _precision(printed: Any) -> float:
    """Half of the last decimal place that is printed."""
    decimals = re.fullmatch(r"-?\d+\.(\d+)", str(printed).strip())
    return 0.51 * 10 ** -len(decimals[1]) if decimals else 0.0
