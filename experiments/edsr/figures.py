"""The figures of the experiment, as PNG."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from .container import Bytes
from .photographs import even, test_photographs
from .super_resolution import Pictures, Scores, small_photographs

DETAILS = {
    "astronaut": (150, 20, 130),
    "chelsea": (110, 70, 130),
    "coffee": (300, 70, 130),
    "china": (110, 110, 130),
}
"""Left, top and width of the square of each photograph that is shown."""

TITLES = (
    "photograph",
    "half resolution",
    "bicubic",
    "network",
    "network out of MP4",
    "difference of the two",
)

BLUE, ORANGE, GREY = "#1f5fa8", "#d9822b", "#6b6b6b"


def save(path: Path) -> None:
    """Write the current figure, without the date, so that the same figure has the same bytes."""
    plt.savefig(path, dpi=85, metadata={"Software": None})
    plt.close()


def show(axes: Axes, pixels: np.ndarray, title: str, below: str) -> None:
    """A picture with its name and scores."""
    axes.imshow(pixels, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.set_xlabel(below, fontsize=8)
    axes.set_xticks([])
    axes.set_yticks([])


def comparison(
    path: Path, bicubic: Pictures, before: Pictures, after: Pictures, scored: list[Scores]
) -> None:
    """Details: low resolution, bicubic, the network before and after, and the difference."""
    small = small_photographs()
    _, rows = plt.subplots(len(DETAILS), 6, figsize=(13, 2.35 * len(DETAILS)), layout="tight")
    for number, (name, (left, top, width)) in enumerate(DETAILS.items()):
        square = np.s_[top : top + width, left : left + width]
        half = np.s_[top // 2 : (top + width) // 2, left // 2 : (left + width) // 2]
        truth = np.array(even(test_photographs()[name]))
        shown = [truth[square], np.array(small[name])[half]]
        shown += [pictures[name][square] for pictures in (bicubic, before, after)]
        below = [name, "", *(f"{s.psnr[name]:.2f} dB, SSIM {s.ssim[name]:.4f}" for s in scored)]
        titles = TITLES if number == 0 else [""] * len(TITLES)
        for axes, pixels, title, text in zip(rows[number], shown, titles, below, strict=False):
            show(axes, pixels, title, text)
        difference = np.abs(before[name].astype(int) - after[name].astype(int))
        text = f"{np.count_nonzero(difference)} of {difference.size} values differ"
        show(rows[number][5], difference[square].astype(np.uint8), titles[5], text)
    save(path)


def rate_and_quality(
    path: Path, points: list[tuple[int, float, float]], uncompressed: float, bicubic: float
) -> None:
    """Bits per weight against PSNR, over the quantization parameters."""
    plt.figure(figsize=(8, 5), layout="tight")
    bits = [rate for _, rate, _ in points]
    plt.plot(bits, [psnr for _, _, psnr in points], "o-", color=BLUE, label="decoded network")
    plt.axhline(uncompressed, color=GREY, linestyle="--", label="uncompressed network (32 bits)")
    plt.axhline(bicubic, color=ORANGE, linestyle=":", label="bicubic interpolation")
    for qp, rate, psnr in points:
        plt.annotate(
            f"qp {qp}", (rate, psnr), textcoords="offset points", xytext=(6, -12), fontsize=8
        )
    plt.xlabel("bits per weight")
    plt.ylabel("PSNR on luminance, mean (dB)")
    plt.margins(0.12, 0.1)
    plt.grid(alpha=0.3)
    plt.legend(fontsize=8)
    save(path)


def bytes_of_file(path: Path, found: Bytes, title: str) -> None:
    """Where the bytes are: tensor by tensor, and what is not a tensor."""
    weights = {name: size for name, size in found.layers.items() if name.endswith(".weight")}
    biases = sum(size for name, size in found.layers.items() if name.endswith(".bias"))
    labels = [name.removesuffix(".weight") for name in weights]
    labels += ["biases (all)", "configuration (nnrC)", "boxes and tables"]
    sizes = [*weights.values(), biases, found.configuration, found.tables]
    colours = [BLUE] * (len(weights) + 1) + [GREY, ORANGE]
    plt.figure(figsize=(8, 8.2), layout="tight")
    places = np.arange(len(labels))
    plt.barh(places, sizes, color=colours)
    plt.yticks(places, labels, fontsize=7)
    plt.ylim(len(labels) - 0.4, -0.6)
    plt.xscale("log")
    plt.xlim(10, max(sizes) * 4)
    for place, size in zip(places, sizes, strict=True):
        plt.text(size * 1.08, place, f"{size:,}", va="center", fontsize=7)
    plt.xlabel("bytes (logarithmic)")
    plt.title(title, fontsize=9)
    save(path)


def frames(path: Path, bicubic: list[float], ours: list[float]) -> None:
    """PSNR of each frame of the video."""
    plt.figure(figsize=(8, 3.6), layout="tight")
    numbers = range(1, len(ours) + 1)
    plt.plot(numbers, ours, "o-", color=BLUE, label="network of the same file")
    plt.plot(numbers, bicubic, "s-", color=ORANGE, label="bicubic interpolation")
    plt.xlabel("frame")
    plt.ylabel("PSNR on luminance (dB)")
    plt.grid(alpha=0.3)
    plt.legend(fontsize=8)
    save(path)


def sheet(path: Path, pictures: list[tuple[str, Image.Image]]) -> None:
    """Pictures beside each other, with names."""
    _, row = plt.subplots(1, len(pictures), figsize=(3.2 * len(pictures), 2.8), layout="tight")
    for axes, (title, image) in zip(row, pictures, strict=True):
        show(axes, np.array(image), title, "")
    save(path)
