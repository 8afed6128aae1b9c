"""Where the blocks of a picture lie, and which of them have room for their label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .blocks import KINDS, Band, Block
from .contents import Report
from .size_text import size_text

WIDTH = 960
MARGIN = 16
ROW = 30
GAP = 46
"""Between the bands, with the title of the next."""

CHARACTER = 7.0
"""Pixels that a character of a label takes at most, nearly always."""

LEGEND_ITEM = 184


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with its place in the picture, in pixels; `text` is empty where there is no room."""

    block: Block
    x: float
    y: int
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class PlacedBand:
    """A band with its place.

    Attributes:
        title, note: above it.
        y: of its first row.
        blocks: what is in it.
        lens: corners of the area that shows which part of the band above it magnifies.
    """

    title: str
    note: str
    y: int
    blocks: tuple[Placed, ...]
    lens: str


def picture(report: Report) -> dict[str, Any]:
    """Everything that the template of the picture needs but the report."""
    inner = WIDTH - 2 * MARGIN
    y = GAP - 10
    bands: list[PlacedBand] = []
    below_first = 0
    for band in report.bands:
        lens = ""
        if bands and report.size:
            left = MARGIN + band.start / report.size * inner
            right = max(MARGIN + band.end / report.size * inner, left + 1)
            corners = (
                (left, below_first),
                (right, below_first),
                (WIDTH - MARGIN, y - 26),
                (MARGIN, y - 26),
            )
            if len(bands) == 1:
                lens = " ".join(f"{x:.1f},{at}" for x, at in corners)
        bands.append(_placed(band, y, inner, lens))
        y += band.depth * ROW + GAP + (14 if len(bands) == 1 else 0)
        below_first = below_first or y - GAP - 14
    used = {one.block.kind for band in report.bands for one in band.drawn}
    per_row = inner // LEGEND_ITEM
    legend = [
        (kind, title, MARGIN + index % per_row * LEGEND_ITEM, y - 16 + index // per_row * 22)
        for index, (kind, title) in enumerate(
            (kind, title) for kind, title in KINDS.items() if kind in used
        )
    ]
    height = max((item[3] for item in legend), default=y) + 16
    return {
        "width": WIDTH,
        "height": height,
        "margin": MARGIN,
        "row": ROW,
        "bands": bands,
        "legend": legend,
    }


def _placed(band: Band, y: int, inner: int, lens: str) -> PlacedBand:
    blocks = []
    for one in band.drawn:
        width = max(one.width / 100 * inner, 0.6)
        room = int((width - 10) / CHARACTER)
        label = one.block.label
        if len(label) > room:
            label = label[: room - 1] + "…" if room >= 5 else ""
        x = MARGIN + one.left / 100 * inner
        blocks.append(Placed(one.block, x, y + one.depth * ROW, width, label))
    note = size_text(band.end - band.start)
    if band.factor > 1.5:
        note += f", magnified {band.factor:,.0f} times"
    return PlacedBand(band.title, note, y, tuple(blocks), lens)
