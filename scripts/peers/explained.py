"""Which names mean the same, and which differences have a reason: two lists that are kept."""

from __future__ import annotations

import fnmatch
import itertools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .ours import shown
from .values import Fields

FOLDER = Path(__file__).resolve().parent


_TARGET = re.compile(
    r"(?P<form>[#~!]?)(?:(?P<child>[^/]+)/)?(?P<field>@?\w+|\*)"
    r"(?:\[(?P<index>\d+)\])?(?: \+ (?P<more>\d+))?"
)


class Names:
    """`names.toml`: by program and type of box, a program's name of a field and ours.

    The type ``*`` stands for all types. Names that differ in capitals, spaces and underscores
    alone need no line. Our name may be

    - ``#name``: the number of its values, or of child boxes of that type; ``#*`` of all of them,
    - ``~name``: the number of its bytes,
    - ``name[1]``: the second of its values,
    - ``!name``: it says the opposite,
    - ``name + 1``: the stored value is less than what is meant,
    - ``code/name``: a field of the child box of that type.
    """

    def __init__(self) -> None:
        self._names: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
            (FOLDER / "names.toml").read_text(encoding="utf-8")
        )

    def values(self, peer: str, box: Fields, name: str, own: dict[str, Fields]) -> list[Any] | None:
        """The values of our field for a program's; None where there is no such field."""
        by_type = self._names.get(peer, {})
        target = by_type.get(box.type, {}).get(name) or by_type.get("*", {}).get(name) or name
        match = None if target == name else _TARGET.fullmatch(target)
        if match is None:
            return own[box.path].field(name)
        form, field, more = match["form"], match["field"], int(match["more"] or 0)
        values = _values(own, box.path, match["child"], field)
        if form == "#":
            return [_number(values, own, box.path, field)]
        if values is None:
            return None
        if form == "~":
            return [sum(len(shown(value) or b"") for value in values)]
        if match["index"]:
            values = values[int(match["index"]) :][:1]
        if form == "!":
            return [not value for value in values]
        return [value + more if more and isinstance(value, int) else value for value in values]


def _values(own: dict[str, Fields], path: str, child: str | None, field: str) -> list[Any] | None:
    """Values of a field of a box, or of all its children of a type."""
    if child is None:
        return own[path].field(field)
    found: list[Any] = []
    for number in itertools.count():
        below = own.get(f"{path}/{child}[{number}]")
        if below is None:
            return found or None
        found += below.field(field) or []
    return None


def _number(values: list[Any] | None, own: dict[str, Fields], path: str, field: str) -> int:
    """How many values a field has; or how many children of a type a box has."""
    if values is None:
        depth = path.count("/") + 1
        below = f"{path}/" if field == "*" else f"{path}/{field}["
        return sum(key.startswith(below) and key.count("/") == depth for key in own)
    return sum(shown(value) is not None for value in values)


_PARTS = (
    ("peer", "peer"),
    ("type", "type"),
    ("field", "field"),
    ("files", "file"),
    ("text", "text"),
)
"""Keys of an explanation, and the attributes of a difference that they are about."""


def _matches(text: str, patterns: str | list[str]) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in listed)


class Explanations:
    """`differences.toml`: programs, types and fields that differ for a reason.

    Each entry has `peer`, `type`, `field` (patterns with ``*`` and ``?``), and the `reason`. With
    `files`, it holds in those files alone; with `text`, for differences that read so alone. `type`
    and `field` may be lists.
    """

    def __init__(self) -> None:
        text = (FOLDER / "differences.toml").read_text(encoding="utf-8")
        self._entries: list[dict[str, Any]] = tomllib.loads(text).get("difference", [])
        self._used: set[int] = set()

    def explain(self, difference: Any) -> bool:
        """Whether there is a reason for a difference."""
        for index, entry in enumerate(self._entries):
            if all(
                _matches(getattr(difference, name), entry.get(key, "*")) for key, name in _PARTS
            ):
                self._used.add(index)
                return True
        return False

    def unused(self, peers: Iterable[str]) -> list[str]:
        """Entries about these programs that have explained nothing so far."""
        return [
            f"{entry['peer']} {entry.get('type', '*')} {entry.get('field', '*')}"
            for index, entry in enumerate(self._entries)
            if index not in self._used and entry["peer"] in peers
        ]
