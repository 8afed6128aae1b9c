"""JSON documents printed record by record, so that a million units need little memory."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..errors import OutputSizeError
from ..escape import hide_secrets, json_text, utf8

if TYPE_CHECKING:
    from ..bitstream.part import Part
    from ..movie.nnr_track import NNRTrack
    from ..operations.conformance.findings import Finding, Report
    from ..operations.inspect import FileInfo

_MEMORY = 1 << 20
"""Bytes of a document that are held in memory; a longer one goes to a temporary file."""

_encoder = json.JSONEncoder(ensure_ascii=False)

LARGEST, _TIMES = 1 << 26, 256
"""A document has at most so many bytes, and so many for each byte of the file: an honest one has
fewer, but the names of a block are printed with each tensor in it."""


def print_file(
    file: FileInfo, *, tensors: bool, track_id: int | None = None, any_size: bool = False
) -> None:
    """Print what is in a file.

    The document is printed once it is complete: a file that is found to be broken gives an error
    and no output, rather than half a document.

    Args:
        file: the file.
        tensors: print the tensors and where they are, not the units.
        track_id: print this track alone.
        any_size: print the document however large it is.

    Raises:
        OutputSizeError: it is many times as large as the file.
    """
    most = LARGEST + _TIMES * file.size
    texts = _document(file, tensors=tensors, track_id=track_id)
    _print(_no_larger(texts, file.size, None if any_size else most))


def _no_larger(texts: Iterable[str], file_size: int, most: int | None) -> Iterator[str]:
    """The same texts, as long as they have no more bytes together than may be."""
    size = 0
    for text in texts:
        size += len(text.encode())
        if most is not None and size > most:
            raise OutputSizeError(
                f"the document has more than {most} bytes, the file {file_size}; --all prints "
                "it all the same"
            )
        yield text


def print_boxes(names: Sequence[str], path: str | None, depth: int | None) -> None:
    """Print the boxes of files.

    Args:
        names: of the files, as the user gave them.
        path: of the boxes to print; None for all.
        depth: levels of boxes that are printed; None for all.
    """
    from ..boxes.box_json import box_texts
    from ..operations.dump import boxes
    from .options import one_of

    def file(name: str) -> Iterator[str]:
        with one_of(names, name) as source:
            records = (box_texts(box, depth) for box in boxes(source, path))
            yield from _object(
                {"file": utf8(hide_secrets(name)), "size": source.size}, "boxes", records
            )

    _print(chain(_object({}, "files", map(file, names)), "\n"))


def print_report(names: Sequence[str], report: Report) -> None:
    """Print what `check` found, one finding on a line.

    Args:
        names: of the files, to print; each finding names the one that it is in.
        report: what was found.
    """
    head = {
        "format": report.format,
        "size": report.size,
        "errors": report.errors,
        "warnings": report.warnings,
        "counts": report.counts,
    }
    texts = _object(head, "findings", ((_finding(names, one),) for one in report))
    _print(chain(texts, "\n"))


def _finding(names: Sequence[str], finding: Finding) -> str:
    record = finding.record()
    record["file"] = utf8(names[finding.file])
    record["message"] = utf8(finding.reason)
    return _json(record)


def _print(texts: Iterable[str]) -> None:
    """Print a document once it is complete."""
    with tempfile.SpooledTemporaryFile(_MEMORY) as spool:
        for text in texts:
            spool.write(text.encode())
        spool.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(spool, sys.stdout.buffer, _MEMORY)
        sys.stdout.buffer.flush()


def _document(file: FileInfo, *, tensors: bool, track_id: int | None) -> Iterator[str]:
    from ..operations.json_records import file_record, track_record, unit_record

    def contents(track: NNRTrack | None) -> Iterator[Iterable[str]]:
        if tensors:
            return map(_tensor, file.tensors(track).tensors.items())
        return ((_json(unit_record(unit)),) for unit in file.units(track))

    name = "tensors" if tensors else "units"
    chosen = file.track(track_id) if track_id is not None else None
    if file.format == "nnr":
        yield from _object(file_record(file), name, contents(None))
    else:
        shown = [chosen] if chosen is not None else file.tracks
        tracks = (_object(track_record(track), name, contents(track)) for track in shown)
        yield from _object(file_record(file), "tracks", tracks)
    yield "\n"


def _tensor(item: tuple[str, Iterable[Part]]) -> Iterator[str]:
    """The text of a tensor, in pieces: it may be in many units, each of many tensors."""
    from ..operations.json_records import part_record

    name, parts = item
    yield f'{{"name": {_json(utf8(name))}, "parts": ['
    for index, part in enumerate(parts):
        yield ", " * bool(index) + _json(part_record(part))
    yield "]}"


def _object(fields: dict[str, Any], name: str, items: Iterable[Iterable[str]]) -> Iterator[str]:
    """The text of an object, in pieces.

    Args:
        fields: all its members but the last.
        name: of the last member, a list.
        items: the texts of the items of that list, each in pieces; each begins a line.
    """
    yield f"{_json(fields)[:-1]}{', ' if fields else ''}{_json(name)}: ["
    separator = "\n"
    for item in items:
        yield separator
        yield from item
        separator = ",\n"
    yield "\n]}"


def _json(value: Any) -> str:
    return json_text(_encoder.encode(value))
