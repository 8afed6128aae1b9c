"""A report as one HTML page without anything outside it, or its picture alone as SVG.

Whatever comes from the file is text: the templates escape all of it, and a page may run no script
but its own.
"""

from __future__ import annotations

import base64
import hashlib
import os
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ... import __version__
from ...boxes.box_names import BOX_NAMES
from ...errors import ExtraMissingError
from ...io.output import TargetLike, check_target, write_pieces
from ...io.progress import Progress
from ...io.source import FilesLike, open_sources
from .blocks import KINDS, kind_of_box
from .contents import LAST_BOXES, Report, collect
from .picture import picture
from .size_text import size_text
from .timing import BINS

if TYPE_CHECKING:
    import jinja2

_COLUMNS = (
    ("tensor", False),
    ("dimensions", False),
    ("parameters", True),
    ("bytes", True),
    ("bits per parameter", True),
    ("sample", True),
    ("offset", True),
    ("round", True),
    ("type", False),
)
"""Titles of the table of tensors, and whether the column holds numbers."""

_UNIT_NAMES = {
    "NNR_STR": "start of a bitstream",
    "NNR_MPS": "model parameter set",
    "NNR_LPS": "layer parameter set",
    "NNR_TPL": "topology",
    "NNR_QNT": "quantization",
    "NNR_NDU": "compressed data",
    "NNR_AGG": "aggregate of units",
}


def report(
    source: FilesLike,
    target: TargetLike,
    *,
    svg: bool = False,
    name: str | None = None,
    overwrite: bool = True,
    limit: int | None = None,
    progress: Progress | None = None,
) -> int:
    """Write a page that shows what is in a file; needs the extra ``report`` (Jinja2).

    The page holds the file's bytes as a picture to scale, its boxes, the tensors of its networks,
    their sizes, and the tracks in time. It needs no network, and its size is bounded: of a million
    tensors the largest are listed, and bytes are put together. Media data is not in it.

    Args:
        source: an NNR bitstream or any MP4 file (path, URL, buffer, binary file object), or a list
            of them: an initialization segment and its media segments.
        target: the file to write, which appears only when it is complete; or a binary file object.
        svg: write the picture of the bytes alone.
        name: what the file is called on the page; by default its file name.
        overwrite: whether a target that exists may be replaced.
        limit: as of `open`.
        progress: called with the bytes of units that have been read since the last call.

    Returns:
        Number of bytes written.

    Raises:
        ExtraMissingError: Jinja2 is not installed.
        BitstreamError, FileFormatError: the source is broken so that nothing can be shown. What
            is broken in part is shown, and the page says what.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    environment = _environment()
    sources = open_sources(source)
    check_target(target, overwrite=overwrite, inputs=sources)
    found = collect(sources, name or name_of(source), limit, progress)
    text = _svg(environment, found) if svg else _page(environment, found)
    return write_pieces([text.encode()], target, overwrite=overwrite)


def name_of(source: FilesLike) -> str:
    """The file name of a source that has one; of several files, that of the first."""
    first = source[0] if isinstance(source, (list, tuple)) and source else source
    if not isinstance(first, (str, os.PathLike)):
        first = getattr(first, "name", None)
        if not isinstance(first, str):
            return "data"
    name = os.fsdecode(first)
    if "://" in name:  # the query of a URL may hold what gives access
        name = urlsplit(name).path
    return os.path.basename(name) or name  # noqa: PTH119


def _environment() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError:
        raise ExtraMissingError(
            "reports need Jinja2: install it with pip install 'pymp4-nnr[report]'"
        ) from None
    environment = jinja2.Environment(
        autoescape=True,
        loader=jinja2.FunctionLoader(_file),
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
    )
    environment.globals.update(
        size_text=size_text,
        factor_text=_factor_text,
        seconds=_seconds,
        kind_of_box=kind_of_box,
        title_of=(BOX_NAMES | _UNIT_NAMES).get,
        version=__version__,
    )
    return environment


def _file(name: str) -> str:
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _page(environment: jinja2.Environment, found: Report) -> str:
    from markupsafe import Markup

    script = _file("report.js")
    used = {one.block.kind for band in found.bands for one in band.drawn}
    values: dict[str, Any] = {
        "report": found,
        "style": Markup(_file("report.css")),
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "kinds": [(kind, title) for kind, title in KINDS.items() if kind in used],
        "columns": _COLUMNS,
        "last_boxes": LAST_BOXES,
        "bins": BINS,
        "first": min((lane.start for lane in found.lanes), default=0.0),
        "last": max((lane.end for lane in found.lanes), default=0.0),
    }
    return environment.get_template("report.html").render(values)


def _svg(environment: jinja2.Environment, found: Report) -> str:
    return environment.get_template("picture.svg").render(report=found, **picture(found))


def _factor_text(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"


def _seconds(time: float) -> str:
    """A time such as ``0.04 s`` or ``1:02:03``."""
    if abs(time) < 60:
        return f"{round(time, 3):g} s"
    minutes, seconds = divmod(round(abs(time)), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"-{text}" if time < 0 else text
