"""The MP4 files that tests read."""

from __future__ import annotations

from pathlib import Path

from tests.paths import FIXTURES, SHARED


def files() -> list[Path]:
    """The sound MP4 files at hand: those of the repository, and those beside it if there are."""
    folders = [FIXTURES / "mp4", SHARED / "mp4"]
    return [
        path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.is_file() and path.suffix not in (".py", ".json", ".md", ".mp4ff")
    ]


def broken_files() -> list[Path]:
    """Files that are cut or contradict themselves."""
    return sorted((FIXTURES / "mp4" / "broken").glob("*"))
