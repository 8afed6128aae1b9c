"""`stsd` (ISO/IEC 14496-12, 8.5.2)."""

from __future__ import annotations

from construct import Int32ub

from ..constructs.arrays import Counted
from ..constructs.full_box import ANY_VERSION, FullBox
from ..registry import SAMPLE_ENTRY, box

box(
    b"stsd",
    body=FullBox("entries" / Counted(Int32ub, SAMPLE_ENTRY, minimum_size=8), versions=ANY_VERSION),
)
