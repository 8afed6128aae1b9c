"""`pymp4-nnr mux`"""

from __future__ import annotations

from typing import Literal

import click

from . import options
from .progress import progress_bar


class TrackChoice(click.ParamType[object]):
    """A track_ID, ``video`` or ``none``."""

    name = "track"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        if value in ("video", "none") or isinstance(value, int):
            return value
        try:
            return int(str(value))
        except ValueError:
            self.fail(f"{value!r} is neither a track_ID nor 'video' nor 'none'", param, ctx)


@click.command()
@click.argument("sources", metavar="IN.nnr...", nargs=-1, required=True)
@options.output("The MP4 file to write.")
@click.option(
    "--into", metavar="VIDEO.mp4", help="Add the tracks to this file; its own stay unchanged."
)
@click.option(
    "--name", "names", multiple=True, help="Name of the track; if given, once for each input."
)
@click.option(
    "--describes",
    type=TrackChoice(),
    default="video",
    metavar="ID|video|none",
    help="The track that the network belongs to; by default the first video track.",
)
@options.force
@click.option(
    "--no-align", is_flag=True, help="Do not pad media data for file systems that share blocks."
)
@options.quiet
def mux(
    sources: tuple[str, ...],
    target: str,
    into: str | None,
    names: tuple[str, ...],
    describes: int | Literal["video", "none"],
    force: bool,
    no_align: bool,
    quiet: bool,
) -> None:
    """Store NNR bitstreams in an MP4 file, each as a track.

    IN.nnr is a sequence of NNR units (ISO/IEC 15938-17); '-' is standard input.
    """
    from ..edit.new_track import TRACK_NAME
    from ..operations.mux import mux

    if into is None and describes != "video":
        raise click.UsageError("--describes needs --into")
    if names and len(names) != len(sources):
        raise click.UsageError(f"{len(names)} names for {len(sources)} bitstream(s)")
    inputs = [*sources, into] if into else sources
    with progress_bar("muxing", inputs, quiet=quiet) as progress:
        size = mux(
            [options.readable(source) for source in sources],
            options.writable(target),
            into=options.readable(into) if into else None,
            name=names or TRACK_NAME,
            describes=None if describes == "none" else describes,
            align=not no_align,
            overwrite=force,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)
