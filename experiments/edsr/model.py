"""EDSR baseline, the network of the experiment (Lim et al., CVPR Workshops 2017).

16 residual blocks of two 3x3 convolutions with 64 channels, no batch normalisation, a skip over
all of them, and one upsampling by pixel shuffle: 1,369,859 weights for scale 2. Tensors are named
as in the authors' program, so that their weights would fit.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

SCALE = 2
BLOCKS = 16
CHANNELS = 64

MEAN = (0.4488, 0.4371, 0.4040)
"""Of the red, green and blue of DIV2K, on which EDSR was trained: taken off and put back."""


class ResidualBlock(nn.Module):
    """Convolution, ReLU, convolution, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.body(x)
        return out


class EDSR(nn.Module):
    """A picture of twice the width and height from one of RGB between 0 and 1."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [ResidualBlock(CHANNELS) for _ in range(BLOCKS)]
        self.head = nn.Sequential(nn.Conv2d(3, CHANNELS, 3, padding=1))
        self.body = nn.Sequential(*blocks, nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1))
        upsampler = nn.Sequential(
            nn.Conv2d(CHANNELS, CHANNELS * SCALE * SCALE, 3, padding=1), nn.PixelShuffle(SCALE)
        )
        self.tail = nn.Sequential(upsampler, nn.Conv2d(CHANNELS, 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        mean = torch.tensor(MEAN, dtype=x.dtype, device=x.device).view(1, 3, 1, 1)
        features = self.head(x - mean)
        out: Tensor = self.tail(features + self.body(features)) + mean
        return out


def start_as_bicubic(network: EDSR) -> None:
    """Set the weights so that the network, untrained, nearly is bicubic interpolation.

    Training then spends its time on what bicubic interpolation cannot do. The colours go through
    the first three channels. Interpolation along one axis weighs four pixels, one more than a 3x3
    convolution sees, so it takes three channels of the upsampler: the three inner pixels, and the
    outermost one before and after, which the last convolution fetches from its neighbour. Two
    axes take nine channels for each colour. All else starts small and random.
    """
    outer, near, far = -0.0234375, 0.8671875, 0.2265625
    behind = -0.0703125
    # For each channel of one axis: taps for the even and the odd pixel, and where it is fetched.
    axis = [
        (((far, near, behind), (behind, near, far)), 1),
        (((0.0, 0.0, 0.0), (outer, 0.0, 0.0)), 0),
        (((0.0, 0.0, outer), (0.0, 0.0, 0.0)), 2),
    ]
    with torch.no_grad():
        for module in network.body.modules():
            if isinstance(module, ResidualBlock):
                module.body[2].weight.mul_(0.1)
        network.body[-1].weight.mul_(0.1)
        head, up, last = network.head[0], network.tail[0][0], network.tail[1]
        for colour in range(3):
            head.weight[colour] = 0
            head.weight[colour, colour, 1, 1] = 1
            head.bias[colour] = 0
        up.weight.mul_(0.1)
        up.bias.zero_()
        last.weight.mul_(0.1)
        last.bias.zero_()
        for colour in range(3):
            for i, (rows, row) in enumerate(axis):
                for j, (columns, column) in enumerate(axis):
                    channel = colour * 9 + i * 3 + j
                    for phase in range(4):
                        taps = torch.outer(
                            torch.tensor(rows[phase // 2]), torch.tensor(columns[phase % 2])
                        )
                        up.weight[channel * 4 + phase, colour] = taps
                    last.weight[:, channel] = 0
                    last.weight[colour, channel, row, column] = 1
