"""Words that a shell completes: what the files that are named before hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ..io.urls import is_url

if TYPE_CHECKING:
    from ..operations.inspect import FileInfo

MOST = 200
"""Words that are offered at most."""


def tensors(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the tensors in the files of the command that begin as what has been typed."""
    file = _file(ctx)
    if file is None:
        return []
    with file:
        chosen = ctx.params.get("track_id")
        tracks = [file.track(chosen)] if chosen or file.format == "nnr" else file.tracks
        names = dict.fromkeys(name for track in tracks for name in file.tensors(track).tensors)
    fitting = [name for name in names if name.startswith(incomplete) and name.isprintable()]
    return [CompletionItem(name) for name in fitting[:MOST]]


def tracks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The track_IDs of the NNR tracks in the files of the command, with their names."""
    from ..escape import printable

    file = _file(ctx)
    if file is None:
        return []
    with file:
        found = [(str(track.track_id), printable(track.name)) for track in file.tracks]
    return [CompletionItem(id_, help=name) for id_, name in found if id_.startswith(incomplete)]


def _file(ctx: click.Context) -> FileInfo | None:
    """The files of the command, opened; None where they cannot be, or would cost a request."""
    from ..errors import NNRError
    from ..operations.inspect import FileInfo

    given = [ctx.params.get(name) for name in ("sources", "source", "path")]
    names = [given[0]] if isinstance(given[0], str) else list(given[0] or ())
    names = names or [name for name in given[1:] if name]
    # where the value of an option is missing, as here, click leaves the arguments alone
    names = names or [word for word in ctx.args if not word.startswith("--")]
    if not names or any(name == "-" or is_url(name) for name in names):
        return None
    try:
        return FileInfo(names)
    except (NNRError, OSError):
        return None
