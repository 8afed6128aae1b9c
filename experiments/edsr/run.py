"""The whole experiment: `make experiment`, or python -m experiments.edsr.run [--results FOLDER]"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

import pymp4_nnr
from pymp4_nnr.operations.encode import EncoderOptions

from . import figures, fixture
from .container import (
    NONWEIGHT_QP,
    Encapsulated,
    box_tree,
    encapsulate,
    ffprobe,
    where_the_bytes_are,
)
from .photographs import doubled, halved
from .rounds import second_round
from .super_resolution import (
    Pictures,
    Scores,
    Weights,
    by_bicubic,
    by_network,
    network_of,
    scores,
    upscale,
)
from .video import enhance, large_frames, write_small_video

QPS = (-38, -34, -30, -26, -22, -18)
SHOWN_QP = -34
"""The quantization parameter of the figures and of the video."""

LAYER = "body.7.body.2.weight"
"""The single layer that is fetched by name."""

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "pymp4-nnr",
    "pymp4",
    "construct",
    "bitstring",
    "nncodec",
    "torch",
    "numpy",
    "scikit-image",
    "scikit-learn",
    "pillow",
    "matplotlib",
    "av",
)


@dataclass(frozen=True)
class Row:
    """One quantization parameter: the container, and the network before and after it."""

    made: Encapsulated
    equal: int
    before: Scores
    after: Scores
    pictures_before: Pictures
    pictures_after: Pictures


def compare(made: Encapsulated) -> tuple[Weights, Weights, int]:
    """Decode the original and the restored bitstream, and count the tensors that are equal."""
    before, after = pymp4_nnr.decode(made.stream), pymp4_nnr.decode(made.restored_from_video)
    assert list(before) == list(after)
    equal = sum(
        before[name].dtype == after[name].dtype
        and before[name].shape == after[name].shape
        and before[name].tobytes() == after[name].tobytes()
        for name in before
    )
    assert equal == len(before), f"{len(before) - equal} tensors differ"
    return before, after, equal


def measure(weights: Weights, qp: int, video: Path, folder: Path) -> Row:
    """All that is done for one quantization parameter."""
    made = encapsulate(weights, qp, video, folder)
    before, after, equal = compare(made)
    pictures = by_network(before), by_network(after)
    for name in pictures[0]:
        assert np.array_equal(pictures[0][name], pictures[1][name]), f"{name} differs"
    scored = scores(pictures[0]), scores(pictures[1])
    assert scored[0] == scored[1]  # to the last digit
    return Row(made, equal, *scored, *pictures)


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    head = list(head)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *([str(cell) for cell in r] for r in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def scored_row(name: str, judged: Scores) -> list[str]:
    """PSNR and SSIM of each photograph and on average, with all the digits that there are."""
    cells = [f"{psnr:.10f}<br>{judged.ssim[photo]:.12f}" for photo, psnr in judged.psnr.items()]
    mean = judged.mean
    return [name, *cells, f"{mean[0]:.10f}<br>{mean[1]:.12f}"]


def single_layer(made: Encapsulated) -> str:
    """Fetch one layer from the MP4 file by its name and decode it alone."""
    with pymp4_nnr.open(made.beside_video) as file:
        tensor = file.networks[0].tensors[LAYER]
    alone = pymp4_nnr.decode(made.beside_video, [LAYER])[LAYER]
    whole = pymp4_nnr.decode(made.stream)[LAYER]
    assert alone.tobytes() == whole.tobytes()
    shape = " x ".join(map(str, alone.shape))
    return (
        f"`{LAYER}` ({shape}, {alone.size:,} weights) lies in sample {tensor.sample_numbers[0]} of "
        f"{made.beside_video.name}: {tensor.size:,} of {made.beside_video.stat().st_size:,} bytes. "
        "Decoded alone it equals the same layer of the whole, to the last bit."
    )


def video_section(made: Encapsulated, folder: Path, results: Path) -> str:
    """Upscale the video of a file with the network of the same file."""
    bicubic, ours = enhance(made.beside_video, folder / "video_enhanced.mp4")
    figures.frames(results / "frames.png", bicubic, ours)
    frame = large_frames()[0]
    network = network_of(pymp4_nnr.decode(made.beside_video))
    enhanced = figures.Image.fromarray(upscale(network, halved(frame)))
    pictures = [("half resolution, bicubic", doubled(halved(frame))), ("network", enhanced)]
    figures.sheet(results / "frame.png", [*pictures, ("original", frame)])
    return (
        f"{len(ours)} frames of 160 x 120 (H.264) and the network that enhances them, out of one "
        f"file, {made.beside_video.name}: PSNR on luminance {np.mean(ours):.2f} dB, by bicubic "
        f"interpolation {np.mean(bicubic):.2f} dB; better in {sum(np.greater(ours, bicubic))} of "
        f"{len(ours)} frames."
    )


def round_section(weights: Weights, folder: Path) -> str:
    """A second round of training, in the same file."""
    options = EncoderOptions(qp=SHOWN_QP, nonweight_qp=NONWEIGHT_QP)
    found = second_round(weights, options, folder)
    psnr, ssim = scores(by_network(found.weights)).mean
    return (
        f"A second round of training, {found.size:,} bytes, appended to the file of the first "
        f"without rewriting that ({found.written:,} bytes written); both are restored byte for "
        f"byte, together and the second alone. {found.equal[0]} of {found.equal[1]} tensors of its "
        "difference decode as the codec decodes them. With the difference added: "
        f"{psnr:.4f} dB, SSIM {ssim:.6f}."
    )


def versions() -> str:
    """Of everything that was used."""
    found = [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", *found]) + f"; {platform.machine()}."


def report(rows: list[Row], uncompressed: Scores, bicubic: Scores, count: int) -> list[str]:
    """The tables."""
    sizes = []
    for row in rows:
        made = row.made
        size = made.size
        beside = made.overhead_beside_video
        sizes.append(
            [
                made.qp,
                f"{size:,}",
                f"{8 * size / count:.3f}",
                f"{size / (4 * count):.2%}",
                f"{size + made.overhead:,}",
                f"{made.overhead:,} ({made.overhead / size:.3%})",
                f"{beside:,} ({beside / size:.3%})",
                "yes",
                f"{row.equal} of {row.equal}",
                f"{row.before.mean[0]:.4f}",
                f"{row.after.mean[0]:.4f}",
                f"{row.before.mean[1]:.6f}",
                f"{row.after.mean[1]:.6f}",
            ]
        )
    head = ["qp", "bitstream, bytes", "bits per weight", "of float32", "MP4, bytes", "overhead"]
    head += ["overhead beside video", "restored byte for byte", "equal tensors"]
    head += ["PSNR original, dB", "PSNR restored, dB", "SSIM original", "SSIM restored"]
    [shown] = [row for row in rows if row.made.qp == SHOWN_QP]
    photographs = list(bicubic.psnr)
    scored = [
        scored_row("bicubic", bicubic),
        scored_row("network, uncompressed", uncompressed),
        scored_row(f"decoded original, qp {SHOWN_QP}", shown.before),
        scored_row(f"decoded restored, qp {SHOWN_QP}", shown.after),
    ]
    return [
        table(head, sizes),
        f"PSNR in dB and, below it, SSIM, at qp {SHOWN_QP}:",
        table(["", *photographs, "mean"], scored),
    ]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="EDSR through NNC and MP4, and back.")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "edsr")
    options = parser.parse_args()
    results, folder = options.results, options.work
    results.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"[{time.monotonic() - begun:5.0f} s] {text}", file=sys.stderr, flush=True)

    tell("the network and the photographs")
    weights = fixture.load()
    count = sum(array.size for array in weights.values())
    pictures = by_bicubic()
    bicubic, uncompressed = scores(pictures), scores(by_network(weights))
    video = folder / "video.mp4"
    write_small_video(video)
    rows = []
    for qp in QPS:
        tell(f"quantization parameter {qp}")
        rows.append(measure(weights, qp, video, folder))
    [shown] = [row for row in rows if row.made.qp == SHOWN_QP]
    tell("a single layer, and the video")
    sections = [single_layer(shown.made), video_section(shown.made, folder, results)]
    tell("a second round of training")
    sections.append(round_section(weights, folder))
    tell("figures")
    figures.comparison(
        results / "comparison.png",
        pictures,
        shown.pictures_before,
        shown.pictures_after,
        [bicubic, shown.before, shown.after],
    )
    points = [(row.made.qp, 8 * row.made.size / count, row.before.mean[0]) for row in rows]
    figures.rate_and_quality(results / "rate.png", points, uncompressed.mean[0], bicubic.mean[0])
    name = shown.made.alone.name
    found = where_the_bytes_are(shown.made)
    figures.bytes_of_file(results / "bytes.png", found, f"{name}: where its bytes are")
    (results / "boxes.txt").write_text(
        f"$ mp4dump {name}    (names and sizes of the boxes)\n{box_tree(shown.made.alone)}\n\n"
        f"$ ffprobe {name}\n{ffprobe(shown.made.alone)}\n\n"
        f"$ ffprobe {shown.made.beside_video.name}\n{ffprobe(shown.made.beside_video)}\n"
    )
    text = "\n\n".join([*report(rows, uncompressed, bicubic, count), *sections, versions()])
    (results / "results.md").write_text(text + "\n")
    print(text)
    tell("done")


if __name__ == "__main__":
    main()
