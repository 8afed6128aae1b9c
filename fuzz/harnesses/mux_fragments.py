"""The same with movie fragments."""

from __future__ import annotations

from . import mux_into

KIND = mux_into.KIND


def run(data: bytes) -> None:
    mux_into.run(data, fragment=2)
