"""Arguments and options that commands share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, TypeAlias, TypeVar

import click
from click.shell_completion import CompletionItem

from ..errors import NotMP4Error, in_file
from ..escape import hide_secrets, printable
from ..io.byte_size import parse_byte_size
from ..io.source import Source, open_source, open_sources
from ..io.urls import is_url

Function = TypeVar("Function", bound=Callable[..., Any])

STANDARD_STREAM = "-"

Complete: TypeAlias = "Callable[[click.Context, click.Parameter, str], list[CompletionItem]]"


def files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For shells that complete: names of files."""
    return [CompletionItem(incomplete, type="file")]


def folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """For shells that complete: names of folders."""
    return [CompletionItem(incomplete, type="dir")]


def _complete(what: str) -> Complete:
    """Complete what a function of `completion` finds, which is imported only then."""

    def complete(
        ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from . import completion

        find: Complete = getattr(completion, what)
        return find(ctx, param, incomplete)

    return complete


class Size(click.ParamType[int]):
    """Bytes, as ``1000000``, ``64MiB`` or ``4GiB``."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_byte_size(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


force = click.option("--force", is_flag=True, help="Replace the output if it exists.")
sync = click.option(
    "--sync", is_flag=True, help="Return when the output is on the disk, safe from a power cut."
)
verify = click.option(
    "--verify", is_flag=True, help="Read back what was written, and compare every byte."
)
quiet = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
track = click.option(
    "--track",
    "track_id",
    type=click.IntRange(1),
    metavar="ID",
    shell_complete=_complete("tracks"),
    help="The NNR track, by its track_ID.",
)
limit = click.option(
    "--limit",
    type=Size(),
    help="Read networks of so many bytes, where the file has samples once and uses them often.",
)
tensors = click.option(
    "--tensor",
    "tensors",
    metavar="NAME",
    multiple=True,
    shell_complete=_complete("tensors"),
    help="A tensor by name; may be repeated. 'info --tensors' lists the names.",
)


timeout = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop the codec after this time; by default a minute, and a second more for each 16 KiB.",
)


def file_argument(name: str, metavar: str) -> Callable[[Function], Function]:
    """An argument that is a file."""
    return click.argument(name, metavar=metavar, shell_complete=files)


def files_argument(name: str, metavar: str) -> Callable[[Function], Function]:
    """An argument that is one file or several."""
    return click.argument(name, metavar=metavar, nargs=-1, required=True, shell_complete=files)


def output(help_text: str, *, required: bool = True) -> Callable[[Function], Function]:
    """The option `-o`; a command with other outputs sees itself that there is one."""
    return click.option(
        "-o",
        "--output",
        "target",
        required=required,
        metavar="FILE",
        callback=_refuse_url,
        shell_complete=files,
        help=f"{help_text} '-' is standard output.",
    )


def _refuse_url(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if is_url(value):
        raise click.BadParameter("URLs are read, not written")
    return value


class _Time(click.ParamType[float]):
    """A time, as seconds since the start of 1970 or in ISO 8601; without a zone, in UTC."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value)
        try:
            return float(text)
        except ValueError:
            pass
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither a time in ISO 8601 nor seconds since 1970", param, ctx)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def time(option: str, help_text: str) -> Callable[[Function], Function]:
    """An option whose value is a time."""
    return click.option(option, type=_Time(), metavar="TIME", help=help_text)


def readable(name: str) -> str | BinaryIO | Source:
    """The file of an argument; '-' is standard input, a URL is opened."""
    if is_url(name):
        return open_source(name)
    return sys.stdin.buffer if name == STANDARD_STREAM else name


def readables(names: Sequence[str]) -> Sequence[str | BinaryIO | Source]:
    """The files of arguments, as `readable`; URLs are opened at the same time."""
    if any(map(is_url, names)):
        return open_sources([sys.stdin.buffer if one == STANDARD_STREAM else one for one in names])
    return [readable(name) for name in names]


@contextlib.contextmanager
def one_of(names: Sequence[str], name: str) -> Iterator[Source]:
    """Open a file that a command shows by itself; errors name it where it is one of several.

    Raises:
        NotMP4Error: it is empty.
        MediaError, OSError: as `open_source`.
    """
    with in_file(name if len(names) > 1 else None), open_source(readable(name)) as source:
        if not source.size:
            raise NotMP4Error("the file is empty", offset=0)
        yield source


def writable(name: str) -> str | BinaryIO:
    """The file of `-o`; '-' is standard output."""
    return sys.stdout.buffer if name == STANDARD_STREAM else name


def say(message: str, *, quiet: bool) -> None:
    """Print a message on standard error: standard output may carry data."""
    if not quiet:
        click.echo(printable(hide_secrets(message)), err=True)
