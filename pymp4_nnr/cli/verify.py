"""`pymp4-nnr verify`"""

from __future__ import annotations

import click

from ..escape import hide_secrets, printable
from . import options
from .progress import progress_bar


@click.command()
@click.argument(
    "sources", metavar="IN.mp4 [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@click.option(
    "--against",
    required=True,
    metavar="IN.nnr",
    shell_complete=options.files,
    help="The original bitstream.",
)
@options.track
@options.limit
@options.quiet
def verify(
    sources: tuple[str, ...], against: str, track_id: int | None, limit: int | None, quiet: bool
) -> None:
    """Compare the bitstream in an MP4 file with the original, without writing it.

    The exit code is 0 if they are identical, and 1 if not; then the first byte and unit that
    differ are printed, unless --quiet is given.

    \b
    Example:
      pymp4-nnr verify model.mp4 --against model.nnr
    """
    from ..operations.verify import verify

    files = options.readables(sources)
    with progress_bar("verifying", files, quiet=quiet) as progress:
        difference = verify(
            files,
            options.readable(against),
            track_id=track_id,
            limit=limit,
            progress=progress,
        )
    name, original = hide_secrets(sources[0]), hide_secrets(against)
    if difference is not None:
        if quiet:
            raise click.exceptions.Exit(1)
        click.echo(printable(f"{name} does not restore {original}: {difference}"), err=True)
        raise click.exceptions.Exit(1)
    if not quiet:
        click.echo(printable(f"{name} restores {original} exactly: the bitstreams are identical"))
