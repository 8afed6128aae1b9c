"""PSNR and SSIM on luminance, as papers on super-resolution give them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

Pixels = NDArray[np.uint8]

SHAVE = 2
"""Pixels left out on each side, as many as the scale: their neighbours are unknown."""


def luminance(pixels: Pixels) -> NDArray[np.float64]:
    """Y of ITU-R BT.601, from 16 to 235, not rounded."""
    weights = np.array([65.481, 128.553, 24.966]) / 255
    result: NDArray[np.float64] = pixels.astype(np.float64) @ weights + 16
    return result


def quality(pixels: Pixels, truth: Pixels) -> tuple[float, float]:
    """PSNR in dB and SSIM of a picture, both for a range of 255."""
    inside = slice(SHAVE, -SHAVE)
    ours, wanted = luminance(pixels)[inside, inside], luminance(truth)[inside, inside]
    return (
        float(peak_signal_noise_ratio(wanted, ours, data_range=255)),
        float(structural_similarity(wanted, ours, data_range=255)),
    )
