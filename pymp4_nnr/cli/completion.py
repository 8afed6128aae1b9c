"""Words that a shell completes: what the files that are named before hold.

A word stands in the command line as it is. Therefore none is offered that a shell would take for
something else than a word: a file may give a tensor the name of a command.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ..errors import NNRError
from ..io.urls import is_url

if TYPE_CHECKING:
    from ..operations.inspect import FileInfo

MOST = 200
"""Words that are offered at most."""

_WORD = re.compile(r"\w[\w.,:/@%+=-]*")


def tensors(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the tensors in the files of the command that begin as what has been typed."""
    names: dict[str, None] = {}
    with contextlib.suppress(NNRError, OSError), _file(ctx) as file:
        chosen = ctx.params.get("track_id")
        tracks = [file.track(chosen)] if chosen or file.format == "nnr" else file.tracks
        names = dict.fromkeys(name for track in tracks for name in file.tensors(track).tensors)
    fitting = [name for name in names if name.startswith(incomplete) and _WORD.fullmatch(name)]
    return [CompletionItem(name) for name in fitting[:MOST]]


def tracks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The track_IDs of the NNR tracks in the files of the command, with their names."""
    from ..escape import printable

    found: list[tuple[str, str]] = []
    with contextlib.suppress(NNRError, OSError), _file(ctx) as file:
        found = [(str(track.track_id), printable(track.name)) for track in file.tracks[:MOST]]
    return [CompletionItem(id_, help=name) for id_, name in found if id_.startswith(incomplete)]


def _file(ctx: click.Context) -> FileInfo:
    """The files of the command, opened.

    Raises:
        FileNotFoundError: none is named, or one is no file, or opening it would cost a request.
        NNRError, OSError: they cannot be opened.
    """
    from ..operations.inspect import FileInfo

    given = [ctx.params.get(name) for name in ("sources", "source", "path")]
    names = [given[0]] if isinstance(given[0], str) else list(given[0] or ())
    names = names or [name for name in given[1:] if name]
    # where the value of an option is missing, as here, click leaves the arguments alone
    names = names or [word for word in ctx.args if not word.startswith("--")]
    if not names or any(is_url(name) or not Path(name).is_file() for name in names):
        raise FileNotFoundError  # a pipe would be waited for
    return FileInfo(names)
