"""Where pymp4 keeps its registry, found by what it contains, and construct made to build arrays.

pymp4 has no plugin interface: its registry is the `cases` of the `Switch` inside `Box`, and of
another inside the sample entries of `stsd`. Other people's code has imported `Box` long before
anything is registered, so it is changed in place.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import HostError


@dataclass(frozen=True)
class PyMP4:
    """pymp4's constructs that registration touches.

    Attributes:
        box: `pymp4.parser.Box`.
        sample_entry: `pymp4.parser.SampleEntryBox`.
        mp4: `pymp4.parser.MP4`, the range of boxes.
        boxes: the registry of boxes: four-character code (trailing spaces stripped) to construct.
        sample_entries: the registry of sample entries.
        stock_boxes, stock_sample_entries: what pymp4 itself has in both, whatever others have put
            there before anybody looked.
    """

    box: Any
    sample_entry: Any
    mp4: Any
    boxes: dict[bytes, Any]
    sample_entries: dict[bytes, Any]
    stock_boxes: dict[bytes, Any]
    stock_sample_entries: dict[bytes, Any]


@functools.cache
def find_pymp4() -> PyMP4:
    """Find pymp4's registries and check that all is as expected. Changes nothing.

    Raises:
        HostError: pymp4 or construct is missing, or is not built as pymp4 1.4 on construct 2.8.
    """
    try:
        import construct.core
        import pymp4.parser as parser
    except ImportError as error:
        raise HostError(f"pymp4 cannot be imported: {error}") from error
    version = getattr(construct, "version", None)
    if not isinstance(version, tuple) or version[:2] != (2, 8):
        raise HostError(f"construct 2.8 is needed, not {construct.__version__}")
    if not hasattr(construct.core, "collections"):
        raise HostError("construct.core does not import collections: not construct 2.8.8")
    box, sample_entry, mp4 = (
        getattr(parser, name, None) for name in ("Box", "SampleEntryBox", "MP4")
    )
    including_size = getattr(parser, "PrefixedIncludingSize", None)
    for name, found, kind in (
        ("Box", box, including_size),
        ("SampleEntryBox", sample_entry, including_size),
        ("MP4", mp4, construct.Range),
    ):
        if kind is None or type(found) is not kind:
            raise HostError(f"pymp4.parser.{name} is not what pymp4 1.4 has there")
    boxes = _registry(box, b"ftyp", "Box")
    sample_entries = _registry(sample_entry, b"avc1", "SampleEntryBox")
    own = {id(value) for value in vars(parser).values()}
    return PyMP4(
        box=box,
        sample_entry=sample_entry,
        mp4=mp4,
        boxes=boxes,
        sample_entries=sample_entries,
        stock_boxes={code: case for code, case in boxes.items() if id(case) in own},
        stock_sample_entries={
            # the definition of wvtt is the only one without a name
            code: case
            for code, case in sample_entries.items()
            if id(case) in own or code == b"wvtt"
        },
    )


def _registry(root: Any, code: bytes, name: str) -> dict[bytes, Any]:
    """The `cases` of the one Switch below `root` that knows `code`."""
    found = [cases for cases in _switches(root) if code in cases]
    if len(found) != 1:
        raise HostError(
            f"pymp4.parser.{name} holds {len(found)} registries with {code!r} instead of one"
        )
    return found[0]


def _switches(construct: Any, depth: int = 8) -> Iterator[dict[bytes, Any]]:
    cases = getattr(construct, "cases", None)
    if isinstance(cases, dict):
        yield cases
        return  # what lies in a case belongs to that box
    inner = [getattr(construct, "subcon", None), *(getattr(construct, "subcons", None) or ())]
    for sub in inner:
        if sub is not None and depth:
            yield from _switches(sub, depth - 1)


class ArraysRestored:
    """construct's arrays build again on Python 3.10 and newer, inside construct alone.

    construct 2.8.8 asks for `collections.Sequence`, which has moved to `collections.abc`.
    """

    def __init__(self) -> None:
        self._original: types.ModuleType | None = None
        self._patched: types.ModuleType | None = None

    def apply(self) -> None:
        """Give construct a `collections` that has `Sequence`."""
        import construct.core as core

        if hasattr(core.collections, "Sequence"):
            return
        self._original = core.collections
        patched = types.ModuleType("collections", collections.__doc__)
        patched.__dict__.update(vars(collections))
        patched.__dict__["Sequence"] = collections.abc.Sequence
        core.collections = self._patched = patched

    def undo(self) -> None:
        """Give construct the standard library's module back."""
        import construct.core as core

        if self._original is not None and core.collections is self._patched:
            core.collections = self._original
        self._original = self._patched = None
