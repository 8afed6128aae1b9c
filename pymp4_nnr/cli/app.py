"""The command `pymp4-nnr`: finds the subcommand, and prints every error as one line."""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import click

from .. import __version__
from ..errors import NNRError, OutputExistsError
from ..escape import hide_secrets, one_line, printable, shortened, utf8
from .streams import drop_output, prepare_streams, reader_has_gone

_COLLECT_AFTER = 20_000
"""Objects made since the last look for cycles of unused ones."""

COMMANDS = (
    "mux",
    "append",
    "demux",
    "info",
    "dump",
    "report",
    "extract",
    "verify",
    "check",
    "remove",
    "encode",
    "decode",
)
"""Subcommands; each is the function of that name in the module of that name."""


class Commands(click.Group):
    """Subcommands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f".{name}", __package__)
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands with the first sentence of their help, which click would cut."""
        rows = []
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            text = " ".join((command.help if command and command.help else "").split())
            rows.append((name, text.partition(". ")[0].rstrip(".") + "."))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    _as_json = False

    def main(self, *args: Any, **kwargs: Any) -> Any:
        given = args[0] if args else kwargs.get("args")
        words = list(sys.argv[1:] if given is None else given)
        self._as_json = "--json" in words[: words.index("--") if "--" in words else None]
        # A command that is terminated by a signal still removes the output that it has begun.
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name) and threading.current_thread() is threading.main_thread():
                number = getattr(signal, name)
                if signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, _exit)
        return super().main(*args, **kwargs)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        prepare_streams()
        try:
            with _interruptible():
                return super().make_context(*args, **kwargs)
        except OSError as error:  # of --help and --version
            if error.errno == errno.EPIPE:
                raise SystemExit(reader_has_gone()) from None
            drop_output()
            fail(describe_os_error(error))

    def invoke(self, ctx: click.Context) -> Any:
        # A command makes many objects and hardly any cycles of them: looking for cycles as often
        # as Python does by default takes a tenth of the time of a long one.
        gc.set_threshold(_COLLECT_AFTER, 50, 100)
        try:
            with _interruptible():
                return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except OutputExistsError as error:
            self._fail(f"{error}; --force replaces it", error.record())
        except NNRError as error:
            self._fail(str(error), error.record())
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise SystemExit(reader_has_gone()) from None
            code = errno.errorcode.get(error.errno or 0, "OSError")
            self._fail(describe_os_error(error), {"code": code})
        except Exception as error:
            if os.environ.get("PYMP4_NNR_DEBUG"):
                raise
            if isinstance(error, ImportError) and not (error.name or "").startswith("pymp4_nnr"):
                message = f"a module that is needed cannot be loaded, install it again: {error}"
                self._fail(message, {"code": "module-not-loadable"})
            message = (
                f"internal error, please report it: {type(error).__name__}: {one_line(str(error))}"
            )
            self._fail(message, {"code": "internal-error"})

    def _fail(self, message: str, record: dict[str, str | int | None]) -> None:
        """Print an error in one line on standard error, as JSON with `--json`; exit with 1."""
        if not self._as_json:
            fail(message)
        values = {**record, "message": message}.items()
        safe = {
            key: shortened(utf8(hide_secrets(value))) if isinstance(value, str) else value
            for key, value in values
        }
        _end(json.dumps({"error": safe}))


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Exit on Ctrl-C with the code that shells give; clean-up code has run."""
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None


def _exit(number: int, frame: object) -> None:
    """Exit with the code that shells give for a signal; the exception lets clean-up code run."""
    raise SystemExit(128 + number)


def fail(message: str) -> NoReturn:
    """Print one line on standard error, whatever is in the message, and exit with code 1."""
    _end(shortened(printable(hide_secrets(message))))


def _end(line: str) -> NoReturn:
    click.echo(f"pymp4-nnr: {line}", err=True)
    raise click.exceptions.Exit(1)


def describe_os_error(error: OSError) -> str:
    """The message of the operating system, with the name of the file."""
    text = error.strerror or str(error)
    name = os.fsdecode(error.filename) if error.filename is not None else None
    return f"{name}: {text}" if name else text


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="pymp4-nnr %(version)s")
def main() -> None:
    """Store neural networks (MPEG NNC, ISO/IEC 15938-17) in MP4 files, and read them.

    Each command tells more of itself, as in: pymp4-nnr mux --help

    \b
    Example:
      pymp4-nnr mux model.nnr -o model.mp4
      pymp4-nnr info model.mp4
      pymp4-nnr demux model.mp4 -o restored.nnr
    """
