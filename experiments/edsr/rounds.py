"""A second round of training, sent as the difference to the first, beside it in one file."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

import pymp4_nnr
from pymp4_nnr.operations.encode import EncoderOptions

from .photographs import INSTALLED_FOR_TRAINING, installed
from .super_resolution import Weights, network_of, weights_of
from .train import batch, pairs

CODEC = Path(__file__).parents[2] / "scripts" / "nnc"

STEPS = 20
RATE = 2e-5
DIFFERENCE_QP = -54
"""Differences are small: their steps are finer than those of the weights."""


@dataclass(frozen=True)
class Round:
    """What the second round is, and what came out of the file that has both.

    Attributes:
        size: bytes of the second round's bitstream.
        written: bytes that were written to append it.
        equal: tensors of it that are decoded as they were encoded, of how many.
        weights: those of the first round with the difference added.
    """

    size: int
    written: int
    equal: tuple[int, int]
    weights: Weights


def train_on(weights: Weights) -> Weights:
    """A few more steps on photographs of packages that are installed anyway."""
    torch.manual_seed(1)
    random.seed(1)
    network = network_of(weights).train()
    data = pairs([installed(*place) for place in INSTALLED_FOR_TRAINING.values()])
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    for _ in range(STEPS):
        x, y = batch(data, [1.0] * len(data))
        loss = (network(x) - y).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 0.5)
        optimizer.step()
    return weights_of(network.eval())


def second_round(weights: Weights, options: EncoderOptions, folder: Path) -> Round:
    """Encode two rounds, put both into one file, restore them and add them up.

    Raises:
        AssertionError: what is restored is not what was put in.
    """
    sys.path.insert(0, str(CODEC))
    import codec

    memory = codec.new_base()
    settings = {"approx_param_base": memory, "update_base_param": True}
    first = codec.encode(weights, qp=options.qp, nonweight_qp=options.nonweight_qp, **settings)
    [start] = codec.decode([first])
    trained = train_on(start)
    difference = {name: trained[name] - start[name] for name in start}
    second = codec.encode(
        difference,
        qp=DIFFERENCE_QP,
        nonweight_qp=DIFFERENCE_QP,
        compress_differences=True,
        row_skipping=True,
        **settings,
    )
    movie, restored = folder / "edsr_two_rounds.mp4", folder / "restored_two_rounds.nnr"
    (folder / "round_1.nnr").write_bytes(first)
    pymp4_nnr.mux(folder / "round_1.nnr", movie, appendable=True)
    appended = pymp4_nnr.append(movie, second)
    assert not appended.rewritten
    pymp4_nnr.demux(movie, restored)
    assert restored.read_bytes() == first + second, "the rounds are not restored"
    pymp4_nnr.demux(movie, restored, rounds=appended.number)
    assert restored.read_bytes() == second, "the second round is not restored"
    decoded = [pymp4_nnr.decode(movie, update_round=number) for number in (1, 2)]
    assert all(np.array_equal(decoded[0][name], start[name]) for name in start)
    expected = codec.decode([first, second])[1]
    equal = sum(np.array_equal(decoded[1][name], expected[name]) for name in expected)
    assert decoded[1].keys() == expected.keys()
    return Round(
        len(second),
        appended.written,
        (equal, len(expected)),
        {name: array + decoded[1].get(name, np.float32(0)) for name, array in decoded[0].items()},
    )
