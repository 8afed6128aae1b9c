"""`pymp4-nnr info` called in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import Result

from tests.cli.command import call


def info(*arguments: str | Path, columns: int = 160, stdin: bytes | None = None) -> Result:
    """The command on a terminal so wide."""
    return call("info", *arguments, columns=columns, stdin=stdin)


def ok(*arguments: str | Path, **options: Any) -> str:
    """The output of the command, which succeeds."""
    done = info(*arguments, **options)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def lines(*arguments: str | Path, **options: Any) -> list[str]:
    """Lines of the output, runs of spaces made one."""
    return [" ".join(line.split()) for line in ok(*arguments, **options).splitlines()]


def info_json(*arguments: str | Path) -> dict[str, Any]:
    """The document that `--json` prints."""
    found: dict[str, Any] = json.loads(ok(*arguments, "--json"))
    return found


def units_of(path: Path) -> list[dict[str, Any]]:
    """The units of a bitstream, or of the first track of a movie, in that document."""
    document = info_json(path)
    units: list[dict[str, Any]] = (
        document["units"] if document["format"] == "nnr" else document["tracks"][0]["units"]
    )
    return units
