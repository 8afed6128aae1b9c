"""`open`: tensors, samples and extraction by the index in the file, which may lie."""

from __future__ import annotations

import contextlib

import pymp4_nnr
from pymp4_nnr import split

from ..checks import EXPECTED, Target

KIND = "movie"


def run(data: bytes) -> None:
    with contextlib.suppress(*EXPECTED), pymp4_nnr.open(data) as file:
        for net in file.networks:
            for tensor in net.tensors.values():
                for number in tensor.sample_numbers:
                    _ = net.samples[number - 1].data
            for name in list(net.tensors)[:2]:
                target = Target()
                net.extract([name], target, decodable=True)
                assert b"".join(unit.data for unit in split(target.getvalue())) == (
                    target.getvalue()
                )
            for part in net.parts:
                part.unit.read()
