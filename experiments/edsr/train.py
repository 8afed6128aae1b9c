"""Train the network of the experiment on photographs that come inside packages.

    python -m experiments.edsr.train --minutes 85 --out edsr.pt [--packages FOLDER]

The learning rate falls with the time that is left, so that training ends when it should on any
machine. A checkpoint is written every minute, and `--resume` goes on from there.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from .model import EDSR, start_as_bicubic
from .photographs import even, halved, test_photographs, training_photographs
from .quality import quality
from .super_resolution import tensor, upscale

CROP = 24
"""Width and height of a crop of the small picture."""

BATCH = 8
RATE, LAST_RATE = 5e-4, 1e-6
WARM_UP = 200
SIZES = (1.0, 0.7, 0.5)
"""Each photograph is used in these sizes: small ones are free of what JPEG left."""

CHECK_SECONDS = 60.0

Pair = tuple[Tensor, Tensor]


def pairs(images: list[Image.Image]) -> list[Pair]:
    """Small and large pictures, in all sizes."""
    found = []
    for image in images:
        for size in SIZES:
            width, height = int(image.width * size), int(image.height * size)
            if min(width, height) < 4 * CROP:
                continue
            large = even(image.resize((width, height), Image.Resampling.LANCZOS))
            found.append((tensor(halved(large)), tensor(large)))
    return found


def batch(data: list[Pair], weights: list[float]) -> Pair:
    """Crops at random places, turned and mirrored at random."""
    small, large = [], []
    for x, y in random.choices(data, weights, k=BATCH):
        top = random.randrange(x.shape[1] - CROP + 1)
        left = random.randrange(x.shape[2] - CROP + 1)
        a = x[:, top : top + CROP, left : left + CROP]
        b = y[:, 2 * top : 2 * (top + CROP), 2 * left : 2 * (left + CROP)]
        turns, mirror = random.randrange(4), random.random() < 0.5
        a, b = torch.rot90(a, turns, (1, 2)), torch.rot90(b, turns, (1, 2))
        small.append(a.flip(2) if mirror else a)
        large.append(b.flip(2) if mirror else b)
    layout = {"memory_format": torch.channels_last}
    return torch.stack(small).to(**layout), torch.stack(large).to(**layout)


def check(network: EDSR) -> str:
    """PSNR and SSIM on the photographs kept for tests."""
    found = []
    for name, image in test_photographs().items():
        truth = even(image)
        psnr, ssim = quality(upscale(network, halved(truth)), np.array(truth))
        found.append(f"{name} {psnr:.2f} {ssim:.4f}")
    return ", ".join(found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train EDSR on photographs of packages.")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--packages", type=Path, default=Path("packages"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--check-minutes", type=float, default=10)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    random.seed(0)
    torch.manual_seed(0)

    data = pairs(list(training_photographs(options.packages).values()))
    weights = [math.sqrt(x.shape[1] * x.shape[2]) for x, _ in data]
    network = EDSR()
    start_as_bicubic(network)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, betas=(0.9, 0.99))
    step, spent = 0, 0.0
    checkpoint = options.out.with_suffix(".checkpoint")
    if options.resume and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["spent"]
    print(f"{len(data)} pictures; step {step}: {check(network)}", flush=True)

    budget = options.minutes * 60
    last = checked = time.monotonic()
    losses: list[float] = []
    while spent < budget:
        done = spent / budget
        rate = LAST_RATE + (RATE - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / WARM_UP)
        x, y = batch(data, weights)
        with torch.autocast("cpu", torch.bfloat16):
            result = network(x)
        loss = (result.float() - y).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        now = time.monotonic()
        spent, last = spent + now - last, now
        if now - checked > CHECK_SECONDS:
            checked = now
            state = {"network": network.state_dict(), "optimizer": optimizer.state_dict()}
            torch.save(state | {"step": step, "spent": spent}, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
            minutes = spent / 60
            line = f"step {step}, {minutes:.1f} min, loss {np.mean(losses):.5f}, rate {rate:.2e}"
            if int(minutes) % int(options.check_minutes) == 0:
                line += f": {check(network)}"
            print(line, flush=True)
            losses = []
    torch.save({k: v.contiguous() for k, v in network.state_dict().items()}, options.out)
    print(f"step {step}, {spent / 60:.1f} min, the end: {check(network)}", flush=True)


if __name__ == "__main__":
    main()
