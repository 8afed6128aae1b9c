"""construct's Containers, made at once instead of field by field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from construct import Container


def new_container(names: tuple[str, ...], values: Iterable[Any]) -> Container:
    """A Container with these fields, several times as fast as by setting one after the other."""
    container = Container.__new__(Container)
    object.__setattr__(container, "__keys_order__", list(names))
    dict.update(container, zip(names, values, strict=True))
    return container
