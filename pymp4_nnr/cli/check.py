"""`pymp4-nnr check`"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from ..escape import hide_secrets
from . import options
from .progress import progress_bar

if TYPE_CHECKING:
    from ..operations.conformance.findings import Finding, Report
    from ..operations.conformance.rules import Rule

SHOWN_FINDINGS = 10
"""Findings of each rule that are printed unless `--all` is given."""

WIDTH = 80
"""Columns of the text."""

_FORMATS = {"mp4": "MP4 file", "nnr": "NNR bitstream"}
_NEITHER = "neither an MP4 file nor an NNR bitstream"
_COLOURS = {"error": "red", "warning": "yellow"}


@click.command()
@click.argument(
    "sources", metavar="FILE [SEGMENT...]", nargs=-1, required=True, shell_complete=options.files
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help=f"Print all findings, not only {SHOWN_FINDINGS} of each rule.",
)
@options.limit
@options.quiet
def check(
    sources: tuple[str, ...], as_json: bool, show_all: bool, limit: int | None, quiet: bool
) -> None:
    """Check whether a file follows the rules of its format.

    An MP4 file is checked against the rules of ISO/IEC 14496-12 that concern samples, and its NNR
    tracks against their format; a bitstream against ISO/IEC 15938-17. Each finding has the rule
    that is broken, the place, and the clause that the rule comes from. docs/check.md lists the
    rules. Several files are an initialization segment and its media segments, in order.

    The exit code is 1 if there are errors, and 0 if there are none; warnings do not count.

    \b
    Example:
      pymp4-nnr check model.mp4
    """
    from ..operations.check import check
    from .json_stream import print_report

    files = options.readables(sources)
    with progress_bar("checking", files, quiet=quiet) as progress:
        shown = None if show_all else SHOWN_FINDINGS
        report = check(files, findings=shown, limit=limit, progress=progress)
    names = tuple(map(hide_secrets, sources))
    if as_json and not quiet:
        print_report(names, report)
    elif not quiet:
        _print(names, report)
    if report.errors:
        raise click.exceptions.Exit(1)


def _print(sources: tuple[str, ...], report: Report) -> None:
    from ..escape import printable
    from .summary import counted

    name = printable(sources[0])
    more = f" and {counted(len(sources) - 1, 'segment')}" if len(sources) > 1 else ""
    found = f"{counted(report.errors, 'error')}, {counted(report.warnings, 'warning')}"
    if not report.counts:
        found = "no rule is broken"
    kind = _FORMATS[report.format]
    for rule, findings in report.by_rule():
        if rule.id == "nnr-bitstream" and any(one.unit_index == 0 for one in findings):
            kind = _NEITHER
    click.echo(f"{name}{more}: {kind}, {counted(report.size, 'byte')}: {found}")
    for rule, findings in sorted(report.by_rule(), key=lambda one: one[0].severity):  # errors first
        click.echo("")
        _print_rule(rule)
        left = report.counts[rule.id]
        for finding in findings:
            _print_finding(sources, finding)
            left -= 1
        if left:
            click.echo(f"        - {left} more; --all shows them")


def _print_rule(rule: Rule) -> None:
    head = f"{rule.severity:7} {rule.id}"
    text = _wrapped(f"{head}: {rule.text} ({rule.clause})", "", " " * 8)
    severity = click.style(rule.severity.value, _COLOURS[rule.severity], bold=True)
    name = click.style(rule.id, bold=True)
    rest = text.removeprefix(rule.severity).lstrip(" ").removeprefix(rule.id)
    click.echo(f"{severity}{' ' * (8 - len(rule.severity))}{name}{rest}")


def _print_finding(sources: tuple[str, ...], finding: Finding) -> None:
    from ..escape import printable

    places = [sources[finding.file]] if len(sources) > 1 else []
    words = [*places, finding.place(), finding.reason]
    text = printable(": ".join(word for word in words if word))
    click.echo(_wrapped(text, " " * 8 + "- ", " " * 10))


def _wrapped(text: str, first: str, more: str) -> str:
    """Text in lines with these indents; names of files stay whole."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=more,
        break_long_words=False,
        break_on_hyphens=False,
    )
