"""Hypothesis strategies for the bodies of boxes."""

from __future__ import annotations

from hypothesis import strategies as st

from pymp4_nnr.boxes.registry import _BOXES, _SAMPLE_ENTRIES, load_definitions
from tests.mp4.boxes import box, u16, u32

load_definitions()
BOX_CODES = sorted(_BOXES)
ENTRY_CODES = sorted(_SAMPLE_ENTRIES)


def bodies(max_size: int = 120) -> st.SearchStrategy[bytes]:
    """Bytes that look a little like boxes: small integers, flags, boxes, and anything."""
    small = st.integers(0, 40).map(u32) | st.integers(0, 40).map(u16) | st.just(bytes(4))
    inner = st.builds(
        lambda code, body: box(code, body), st.sampled_from(BOX_CODES), st.binary(max_size=24)
    )
    return st.lists(small | inner | st.binary(max_size=24), max_size=12).map(
        lambda parts: b"".join(parts)[:max_size]
    )
