"""`stsd` (ISO/IEC 14496-12, 8.5.2)."""

from __future__ import annotations

from construct import Int32ub

from ..constructs.kit import Counted, FullBox
from ..registry import SAMPLE_ENTRY, box

box(b"stsd", body=FullBox("entries" / Counted(Int32ub, SAMPLE_ENTRY, minimum_size=8)))
