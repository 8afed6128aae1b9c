"""The command line, called in this process or run in one of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pymp4_nnr.cli import main
from tests.paths import ROOT

CODE = "from pymp4_nnr.cli import main; main()"
COMMAND = [sys.executable, "-W", "error", "-c", CODE]
"""Runs the command with every warning an error."""


def call(*arguments: object, stdin: bytes | None = None, columns: int | None = None) -> Result:
    """Call a command in this process; `columns` is the width of the terminal."""
    width = {} if columns is None else {"COLUMNS": str(columns)}
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin, env=width)


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that imports the package from here."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def default_signals() -> None:
    """For `preexec_fn`: signals that the tests were started to ignore end the child."""
    for name in ("SIGINT", "SIGHUP", "SIGTERM", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)


def execute(
    *arguments: object,
    stdin: bytes = b"",
    folder: Path | None = None,
    code: str = CODE,
    **more: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, where every warning is an error.

    Args:
        arguments: of the command.
        stdin: its standard input.
        folder: where it runs.
        code: the program, that of the command by default.
        more: variables of its environment.
    """
    return subprocess.run(
        [*COMMAND[:-1], code, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env=environment(**more),
        preexec_fn=default_signals if os.name == "posix" else None,
        timeout=60,
    )


def assert_fails(result: Result, *words: str, code: int = 1, silent: bool = True) -> None:
    """One line on stderr, nothing on stdout, and the exit code."""
    assert result.exit_code == code, result.output
    assert not silent or result.stdout == ""
    if code == 1:
        assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert "internal error" not in result.stderr
    for word in words:
        assert word in result.stderr


def names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


def popen(*arguments: object, folder: Path) -> subprocess.Popen[Any]:
    """Start a command whose output is read while it runs."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(),
    )
