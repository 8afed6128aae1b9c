"""pymp4 as it is and as registration makes it, and the files to try both on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymp4.parser import Box

from pymp4_nnr import register, unregister
from pymp4_nnr.plugin.pymp4_internals import ArraysRestored

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def registered(*, repair: bool = True) -> Iterator[Any]:
    """pymp4's `Box` while registered."""
    register(repair=repair)
    try:
        yield Box
    finally:
        unregister()


@contextmanager
def stock(*, arrays: bool = True) -> Iterator[Any]:
    """pymp4's `Box` untouched, but for arrays that build on this Python."""
    unregister()
    restored = ArraysRestored()
    if arrays:
        restored.apply()
    try:
        yield Box
    finally:
        restored.undo()


def files() -> list[Path]:
    """The sound MP4 files at hand: those of the repository, and those beside it if there are."""
    folders = [ROOT / "fixtures" / "mp4", ROOT.parent / "shared" / "mp4"]
    return [
        path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.is_file() and path.suffix not in (".py", ".json", ".md", ".mp4ff")
    ]


def broken_files() -> list[Path]:
    """Files that are cut or contradict themselves."""
    return sorted((ROOT / "fixtures" / "mp4" / "broken").glob("*"))


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
