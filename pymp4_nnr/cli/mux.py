"""`pymp4-nnr mux`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import click

from . import options
from .progress import progress_bar

if TYPE_CHECKING:
    from ..edit.new_fragments import FragmentSize


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
@click.argument(
    "sources", metavar="IN.nnr...", nargs=-1, required=True, shell_complete=options.files
)
@options.output("The MP4 file to write.", required=False)
@click.option(
    "--segments",
    "folder",
    metavar="FOLDER",
    shell_complete=options.folders,
    help="Instead of -o: write an initialization segment and media segments into a folder.",
)
@click.option(
    "--into",
    metavar="VIDEO.mp4",
    shell_complete=options.files,
    help="Add the tracks to this file; its own stay unchanged.",
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
@click.option(
    "--fragment",
    metavar="N|SIZE",
    help="Write movie fragments of N samples, or of at least SIZE bytes (as in 4MiB).",
)
@click.option(
    "--interleave",
    is_flag=True,
    help="With --into and --fragment: between the fragments of that file, not in front of them.",
)
@click.option("--appendable", is_flag=True, help="Prepare the file for append.")
@options.time("--at", "With --appendable: when this round of training arrived.")
@options.verify
@options.limit
@options.force
@options.sync
@click.option(
    "--no-align", is_flag=True, help="Do not pad media data for file systems that share blocks."
)
@click.option("--no-tensor-index", is_flag=True, help="No index of the tensors in the file.")
@options.quiet
def mux(
    sources: tuple[str, ...],
    target: str | None,
    folder: str | None,
    into: str | None,
    names: tuple[str, ...],
    describes: int | Literal["video", "none"],
    fragment: str | None,
    interleave: bool,
    appendable: bool,
    at: float | None,
    verify: bool,
    limit: int | None,
    force: bool,
    sync: bool,
    no_align: bool,
    no_tensor_index: bool,
    quiet: bool,
) -> None:
    """Store NNR bitstreams in an MP4 file, each as a track.

    IN.nnr is a sequence of NNR units (ISO/IEC 15938-17); '-' is standard input.

    \b
    Examples:
      pymp4-nnr mux model.nnr -o model.mp4
      pymp4-nnr mux model.nnr --into video.mp4 --name sharper -o enhanced.mp4
    """
    from ..edit.new_fragments import FragmentSize
    from ..edit.new_track import TRACK_NAME
    from ..errors import LimitError
    from ..operations.mux import mux
    from ..operations.segments import mux_segments

    if (target is None) == (folder is None):
        raise click.UsageError("one of -o and --segments is needed")
    if folder is not None and len(sources) > 1:
        raise click.UsageError("--segments takes one network")
    if at is not None and not appendable:
        raise click.UsageError("--at needs --appendable")
    if interleave and (into is None or (fragment is None and folder is None)):
        raise click.UsageError("--interleave needs --into, and --fragment or --segments")
    if verify and target == options.STANDARD_STREAM:
        raise click.UsageError("--verify reads back what was written: that needs a file")
    if appendable and folder is not None:
        raise click.UsageError("--appendable goes with -o")
    if into is None and describes != "video":
        raise click.UsageError("--describes needs --into")
    if names and len(names) != len(sources):
        raise click.UsageError(f"{len(names)} names for {len(sources)} bitstream(s)")
    try:
        fragment_size = None if fragment is None else FragmentSize.of(fragment)
    except LimitError as error:
        raise click.BadParameter(str(error), param_hint="--fragment") from error
    if fragment_size and not appendable and into is None and sources == ("-",) and target == "-":
        _stream(fragment_size, names[0] if names else TRACK_NAME)
        return
    inputs = [*sources, into] if into is not None else sources
    described = None if describes == "none" else describes
    if target is None:
        with progress_bar("muxing", inputs, quiet=quiet) as progress:
            written = mux_segments(
                options.readable(sources[0]),
                str(folder),
                into=options.readable(into) if into is not None else None,
                fragment=fragment_size or 1,
                interleave=interleave,
                name=names[0] if names else TRACK_NAME,
                describes=described,
                tensor_index=not no_tensor_index,
                overwrite=force,
                sync=sync,
                verify=verify,
                limit=limit,
                progress=progress,
            )
        options.say(f"{folder}: {len(written)} files", quiet=quiet)
        return
    with progress_bar("muxing", inputs, quiet=quiet) as progress:
        size = mux(
            options.readables(sources),
            options.writable(target),
            into=options.readable(into) if into is not None else None,
            name=names or TRACK_NAME,
            describes=described,
            align=not no_align,
            fragment=fragment_size,
            interleave=interleave,
            appendable=appendable,
            at=at,
            tensor_index=not no_tensor_index,
            overwrite=force,
            sync=sync,
            verify=verify,
            limit=limit,
            progress=progress,
        )
    options.say(f"{target}: {size} bytes", quiet=quiet)


def _stream(fragment: FragmentSize, name: str) -> None:
    """From standard input to standard output, unit by unit."""
    from ..operations.fragment_writer import FragmentWriter, read_units

    with FragmentWriter(sys.stdout.buffer, fragment=fragment, name=name) as writer:
        for unit in read_units(sys.stdin.buffer):
            writer.write(unit)
