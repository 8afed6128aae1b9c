"""The checks that every definition goes through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pymp4_nnr.boxes import BOX


def plain(value: Any) -> Any:
    """Parsed content as dicts and lists, without places in the file and hidden fields.

    Hidden fields are those that begin with an underscore, and hold what is reserved.
    """
    if isinstance(value, dict):
        return {
            key: plain(item)
            for key, item in value.items()
            if key not in ("offset", "end") and not str(key).startswith("_")
        }
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def rebuilt(data: bytes) -> Any:
    """Parse a box and build it again, to the same bytes."""
    parsed = BOX.parse(data)
    assert BOX.build(parsed) == data
    return parsed


def check(data: bytes, /, **expected: Any) -> Any:
    """Parse a box, compare its fields, and build it again, from the parsed box and from a dict.

    `version` and `flags` are 0, and absent from `expected`, where that is so.
    """
    parsed = rebuilt(data)
    fields = plain(parsed)
    fields.pop("type")
    for name in ("version", "flags"):
        if name in fields and name not in expected and not fields[name]:
            del fields[name]
    assert fields == expected
    return parsed


def check_builds(data: bytes, /, **fields: Any) -> None:
    """Build a box from the fields given, as a caller writes them."""
    assert BOX.build({"type": data[4:8].rstrip(b" "), **fields}) == data


def check_raw(data: bytes, reason: str) -> None:
    """A box that its definition cannot hold: its bytes are kept, and the note says why."""
    parsed = rebuilt(data)
    assert parsed.raw == data[8:]
    assert reason in parsed.note


def boxes_in(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every parsed box and sample entry in a parsed box, with its path."""
    if isinstance(value, dict):
        code = value.get("type", value.get("format"))
        if isinstance(code, bytes):
            path = f"{path}/{code.decode('latin-1')}".lstrip("/")
            yield path, value
        for item in value.values():
            if isinstance(item, (dict, list)):
                yield from boxes_in(item, path)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from boxes_in(item, path)
            else:
                break


def box_type(value: Any) -> str:
    """The type of a box in bytes, as the name of a test case; nothing for other values."""
    return value[4:8].decode("latin-1") if isinstance(value, bytes) else ""
