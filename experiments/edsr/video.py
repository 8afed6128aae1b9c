"""A video that the network enhances: made of a test photograph, and upscaled frame by frame."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from PIL import Image

import pymp4_nnr

from .photographs import doubled, halved, test_photographs
from .quality import quality
from .super_resolution import network_of, upscale

FRAMES = 12
RATE = 12
WIDTH, HEIGHT = 320, 240
"""Of the large frames; those of the video have half of both."""


def large_frames() -> list[Image.Image]:
    """A window that moves over a photograph, in the resolution that is to be had again."""
    photograph = test_photographs()["astronaut"]
    steps = [4 * n for n in range(FRAMES)]
    return [
        photograph.crop((left, left // 2, left + WIDTH, left // 2 + HEIGHT))
        for left in (60 + step for step in steps)
    ]


def write_video(path: Path, frames: list[Image.Image]) -> None:
    """Encode frames as H.264 in MP4."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv444p"
        stream.options = {"crf": "6", "preset": "medium", "threads": "1"}
        for frame in frames:
            for packet in stream.encode(av.VideoFrame.from_image(frame)):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def write_small_video(path: Path) -> None:
    """The video that is in need of the network."""
    write_video(path, [halved(frame) for frame in large_frames()])


def enhance(movie: Path, output: Path) -> tuple[list[float], list[float]]:
    """Upscale the video of a file with the network that lies beside it in the same file.

    Args:
        movie: the MP4 file with the video and the network.
        output: where to write the large video.

    Returns:
        PSNR in dB of each frame by bicubic interpolation, and by the network.
    """
    network = network_of(pymp4_nnr.decode(movie))
    bicubic, ours, large = [], [], []
    with av.open(str(movie)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    truth = large_frames()
    assert len(frames) == len(truth)
    for frame, wanted in zip(frames, truth, strict=True):
        pixels = upscale(network, frame)
        bicubic.append(quality(np.array(doubled(frame)), np.array(wanted))[0])
        ours.append(quality(pixels, np.array(wanted))[0])
        large.append(Image.fromarray(pixels))
    write_video(output, large)
    return bicubic, ours
