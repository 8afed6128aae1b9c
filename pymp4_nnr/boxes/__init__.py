"""Boxes on construct: headers, definitions, parsing without loss."""

from .registry import BOX

__all__ = ["BOX"]
