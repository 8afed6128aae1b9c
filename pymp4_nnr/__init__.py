"""Neural networks compressed by MPEG NNC (ISO/IEC 15938-17) in MP4 files (ISO/IEC 14496-12).

A plugin to pymp4. Importing this package registers nothing and imports little: every name below
is loaded when it is first used.

- `split`: an NNR bitstream into its units.
- `mux`, `demux`, `verify`: a bitstream into an MP4 file, back again, and compared.
- `remove`: a track taken out again.
- `Movie`: the NNR tracks of an MP4 file.
- `register`, `unregister`: pymp4's own `Box` made to know NNR tracks.
- `NNRError`: the root of all errors; the others are in `pymp4_nnr.errors`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .errors import NNRError

if TYPE_CHECKING:
    from .bitstream import NNRUnitType, Unit, split
    from .boxes import register, unregister
    from .media import Difference, Movie, NNRTrack, demux, mux, remove, verify

__version__ = "0.1.0"

__all__ = [
    "Difference",
    "Movie",
    "NNRError",
    "NNRTrack",
    "NNRUnitType",
    "Unit",
    "__version__",
    "demux",
    "mux",
    "register",
    "remove",
    "split",
    "unregister",
    "verify",
]

_HOME = {
    "NNRUnitType": "bitstream",
    "Unit": "bitstream",
    "split": "bitstream",
    "register": "boxes",
    "unregister": "boxes",
    "Difference": "media",
    "Movie": "media",
    "NNRTrack": "media",
    "demux": "media",
    "mux": "media",
    "remove": "media",
    "verify": "media",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
