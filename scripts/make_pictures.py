"""Make the pictures of files in docs/images: python scripts/make_pictures.py

They are those that `pymp4-nnr report --svg` writes, and one of the first bytes of a sample entry.
`overview.svg` is drawn by hand.
"""

from __future__ import annotations

import io
from pathlib import Path

import pymp4_nnr

PROJECT = Path(__file__).resolve().parent.parent
IMAGES = PROJECT / "docs" / "images"
STREAM = PROJECT / "fixtures" / "nnr" / "lenet5.nnr"
VIDEO = PROJECT / "fixtures" / "mp4" / "h264_aac.mp4"

PARTS = (
    (4, "box", "size"),
    (4, "box", "'nnr1'"),
    (6, "free", "reserved"),
    (2, "box", "data_reference_index"),
    (4, "network", "size"),
    (4, "network", "'nnrC'"),
    (1, "network", "version"),
    (3, "network", "flags"),
    (4, "layer", "NNR_STR, its nnr_unit_size is 4"),
    (8, "layer odd", "NNR_MPS, 8 bytes"),
    (6, "layer", "NNR_TPL, 6 bytes"),
)
"""Parts of a sample entry without `sample_position`: bytes, colour, and what it is."""

BYTE, LEFT = 38, 330
STYLE = """
text { font: 13px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: #1c2128; }
.hex { font-family: ui-monospace, "DejaVu Sans Mono", monospace; text-anchor: middle; }
.soft { fill: #5b6573; font-size: 12px; } .page { fill: #fff; } .free { fill: #d9dee4; }
.box { fill: #c3d7f2; } .network { fill: #ffc890; }
.layer { fill: #cdb8f2; } .odd { fill: #b79bea; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e8ee; } .soft { fill: #98a3b1; }
.page { fill: #12151a; } .free { fill: #3b4450; }
.box { fill: #2b4a73; } .network { fill: #8a5316; }
.layer { fill: #5a3f9e; } .odd { fill: #7253be; }
}"""


def bytes_picture(data: bytes) -> str:
    """The parts of a sample entry, one in a line: offset, name, bytes."""
    rows, at = [], 0
    for number, (size, kind, name) in enumerate(PARTS):
        y = 12 + number * 32
        rows.append(f'<text class="soft" x="16" y="{y + 18}">{at}</text>')
        rows.append(f'<text x="56" y="{y + 18}">{name}</text>')
        for index, byte in enumerate(data[at : at + size]):
            x = LEFT + index * BYTE
            rows.append(
                f'<rect class="{kind}" x="{x}" y="{y}" width="{BYTE - 2}" height="28" rx="3"/>'
                f'<text class="hex" x="{x + BYTE // 2 - 1}" y="{y + 19}">{byte:02x}</text>'
            )
        at += size
    height = 20 + len(PARTS) * 32
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {height}" width="660" '
        f'height="{height}" role="img" aria-label="The bytes of nnr1 and nnrC">\n'
        f'<style>{STYLE}</style>\n<rect class="page" width="100%" height="100%"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def main() -> int:
    """Write the pictures."""
    movies: dict[str, bytes] = {}
    for name, options in (
        ("alone", {}),
        ("beside_video", {"into": VIDEO, "name": "sharper"}),
        ("fragments", {"fragment": 4}),
    ):
        target = io.BytesIO()
        pymp4_nnr.mux(STREAM, target, **options)  # type: ignore[arg-type]
        movies[name] = target.getvalue()
        pymp4_nnr.report(movies[name], IMAGES / f"{name}.svg", svg=True, name=f"{name}.mp4")
    start = movies["alone"].index(b"nnr1") - 4
    (IMAGES / "nnr1.svg").write_text(bytes_picture(movies["alone"][start:]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
