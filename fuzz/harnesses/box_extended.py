"""The same after `register(extended=True)`."""

from __future__ import annotations

from . import box

KIND = box.KIND


def run(data: bytes) -> None:
    box.run(data, extended=True)
