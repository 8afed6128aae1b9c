"""`pymp4-nnr extract`"""

from __future__ import annotations

import click

from . import options


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@options.tensors
@click.option(
    "--sample",
    "samples",
    type=click.IntRange(1),
    metavar="N",
    multiple=True,
    help="A sample (in a bitstream, an NDU) by number, the first being 1; may be repeated.",
)
@options.output("The NNR bitstream to write.")
@click.option(
    "--decodable",
    is_flag=True,
    help="Also write what a decoder needs: configuration units, and NDUs that these depend on.",
)
@options.track
@options.limit
@options.force
@options.sync
@options.quiet
def extract(
    sources: tuple[str, ...],
    tensors: tuple[str, ...],
    samples: tuple[int, ...],
    target: str,
    decodable: bool,
    track_id: int | None,
    limit: int | None,
    force: bool,
    sync: bool,
    quiet: bool,
) -> None:
    """Write some of the NDUs of an NNR bitstream or MP4 file, in the order of the bitstream.

    Several files are an initialization segment and its media segments, in order.

    \b
    Example:
      pymp4-nnr extract model.mp4 --tensor fc.weight --decodable -o fc.nnr
    """
    from ..operations.extract import extract
    from .summary import counted

    if not tensors and not samples:
        raise click.UsageError("choose with --tensor or --sample what to extract")
    files = options.readables(sources)
    written = extract(
        files,
        options.writable(target),
        tensors=tensors,
        samples=samples,
        decodable=decodable,
        track_id=track_id,
        overwrite=force,
        sync=sync,
        limit=limit,
    )
    units = counted(written.ndus, "NDU")
    if written.configurations:
        units += f" and {counted(written.configurations, 'other unit')}"
    options.say(f"{target}: {units}, {written.size} bytes", quiet=quiet)
    if written.starts > 1:
        options.say(
            f"{target} holds {written.starts} NNR_STR units: each begins a part to decode by "
            "itself, after the parts before it",
            quiet=quiet,
        )
