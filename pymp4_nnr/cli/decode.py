"""`pymp4-nnr decode`"""

from __future__ import annotations

from pathlib import Path

import click

from . import options
from .progress import progress_bar

LONG = 1 << 20
"""Bytes of a bitstream that take the codec some seconds."""

OTHERS = (".pt", ".pth", ".npz", ".npy", ".bin", ".h5", ".onnx")
"""Suffixes of files of weights that cannot be written."""


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@options.output("The file of safetensors to write.")
@options.tensors
@options.track
@click.option(
    "--update-round",
    "update_round",
    type=click.IntRange(0),
    metavar="N",
    help="The update round to decode, 0 for the base model; by default the last.",
)
@click.option(
    "--limit",
    type=options.Size(),
    show_default="4GiB",
    help="Decode nothing if the tensors would take more memory than this. Where a file has samples "
    "once and uses them often, read networks of so many bytes.",
)
@options.timeout
@options.force
@options.sync
@options.quiet
def decode(
    sources: tuple[str, ...],
    target: str,
    tensors: tuple[str, ...],
    track_id: int | None,
    update_round: int | None,
    limit: int | None,
    timeout: float | None,
    force: bool,
    sync: bool,
    quiet: bool,
) -> None:
    """Decode an NNR bitstream, or an NNR track of an MP4 file (needs the extra 'codec').

    Tensors that are chosen by name are decoded from their own NDUs. Several files are an
    initialization segment and its media segments, in order.

    \b
    Example:
      pymp4-nnr decode model.mp4 --tensor fc.weight -o fc.safetensors
    """
    from ..io.output import check_target
    from ..operations.codec_process import need
    from ..operations.decode import decode
    from ..operations.weights import write_weights
    from .summary import counted

    if Path(target).suffix.lower() in OTHERS:
        raise click.UsageError(f"safetensors are written, not {Path(target).suffix}")
    check_target(options.writable(target), overwrite=force)
    need("safetensors")
    files = options.readables(sources)
    with progress_bar("decoding", files, quiet=quiet, long=LONG) as progress:
        found = decode(
            files,
            tensors or None,
            track_id=track_id,
            update_round=update_round,
            limit=limit,
            timeout=timeout,
            progress=progress,
        )
    size = write_weights(found, options.writable(target), overwrite=force, sync=sync)
    options.say(f"{target}: {counted(len(found), 'tensor')}, {size} bytes", quiet=quiet)
