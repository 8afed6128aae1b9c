"""The network at work: pictures of twice the width and height, and how good they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .model import EDSR
from .photographs import doubled, even, halved, test_photographs
from .quality import quality

THREADS = 2
"""Of PyTorch: the same number gives the same sums, to the last bit."""

Weights = dict[str, np.ndarray]


def tensor(image: Image.Image) -> Tensor:
    """Pixels from 0 to 1, channels first."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def network_of(weights: Weights) -> EDSR:
    """The network with these weights."""
    network = EDSR()
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return network.eval()


def weights_of(network: EDSR) -> Weights:
    """The weights of a network."""
    return {name: array.detach().numpy() for name, array in network.state_dict().items()}


def upscale(network: EDSR, image: Image.Image) -> np.ndarray:
    """A picture upscaled by the network, in whole pixel values."""
    with torch.inference_mode():
        result = network(tensor(image)[None])[0]
    return (result.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()


@dataclass(frozen=True)
class Scores:
    """PSNR in dB and SSIM of each test photograph."""

    psnr: dict[str, float]
    ssim: dict[str, float]

    @property
    def mean(self) -> tuple[float, float]:
        """PSNR and SSIM, averaged over the photographs."""
        return (
            float(np.mean(list(self.psnr.values()))),
            float(np.mean(list(self.ssim.values()))),
        )


Pictures = dict[str, np.ndarray]


def scores(pictures: Pictures) -> Scores:
    """Judge pictures by the photographs that they were made from."""
    truth = {name: np.array(even(image)) for name, image in test_photographs().items()}
    found = {name: quality(pixels, truth[name]) for name, pixels in pictures.items()}
    return Scores(
        {name: psnr for name, (psnr, _) in found.items()},
        {name: ssim for name, (_, ssim) in found.items()},
    )


def small_photographs() -> dict[str, Image.Image]:
    """The test photographs at half their width and height."""
    return {name: halved(even(image)) for name, image in test_photographs().items()}


def by_network(weights: Weights) -> Pictures:
    """The test photographs, halved and then upscaled by the network."""
    torch.set_num_threads(THREADS)
    network = network_of(weights)
    return {name: upscale(network, image) for name, image in small_photographs().items()}


def by_bicubic() -> Pictures:
    """The same by bicubic interpolation."""
    return {name: np.array(doubled(image)) for name, image in small_photographs().items()}
