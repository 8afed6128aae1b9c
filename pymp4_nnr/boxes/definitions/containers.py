"""Boxes that hold nothing but boxes (ISO/IEC 14496-12 unless said otherwise)."""

from __future__ import annotations

from ..registry import container_box

container_box(b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts", b"mvex")
container_box(b"moof", b"traf", b"mfra", b"sinf", b"schi", b"rinf", b"scrb", b"cinf", b"meco")
