"""Boxes on pymp4 and construct, the only layer that knows them: definitions and registration."""

from .install import register, unregister
from .registry import BOX, load_definitions

load_definitions()

__all__ = ["BOX", "register", "unregister"]
