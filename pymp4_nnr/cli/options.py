"""Arguments and options that commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

STANDARD_STREAM = "-"

force = click.option("--force", is_flag=True, help="Replace the output if it exists.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
track = click.option(
    "--track", "track_id", type=click.IntRange(1), metavar="ID", help="track_ID of the NNR track."
)


def output(help_text: str, *, required: bool = True) -> Callable[[Function], Function]:
    """The option `-o`; a command with other outputs sees itself that there is one."""
    return click.option(
        "-o",
        "--output",
        "target",
        required=required,
        metavar="FILE",
        help=f"{help_text} '-' is standard output.",
    )


def readable(name: str) -> str | BinaryIO:
    """The file of an argument; '-' is standard input."""
    return sys.stdin.buffer if name == STANDARD_STREAM else name


def writable(name: str) -> str | BinaryIO:
    """The file of `-o`; '-' is standard output."""
    return sys.stdout.buffer if name == STANDARD_STREAM else name


def say(message: str, *, quiet: bool) -> None:
    """Print a message on standard error: standard output may carry data."""
    if not quiet:
        click.echo(message, err=True)
