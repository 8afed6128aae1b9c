"""Boxes on construct: headers, definitions, parsing without loss."""

from .registry import BOX, load_definitions

load_definitions()

__all__ = ["BOX"]
