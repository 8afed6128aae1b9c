"""WebVTT and other text in samples and sample entries (ISO/IEC 14496-30)."""

from __future__ import annotations

from construct import Int32sb

from ..constructs.structs import Struct
from ..constructs.text import WholeText
from ..registry import box, container_box

# 7.4.
box(b"vttC", body=Struct("config" / WholeText()))
box(b"vlab", body=Struct("label" / WholeText()))
# 7.5. pymp4 has vttx, of an earlier edition, in place of vtta.
container_box(b"vttc", b"vttx")
box(b"vtte", body=Struct())
box(b"vsid", body=Struct("source_ID" / Int32sb))
box(b"ctim", body=Struct("cue_current_time" / WholeText()))
box(b"iden", body=Struct("cue_id" / WholeText()))
box(b"sttg", body=Struct("settings" / WholeText()))
box(b"payl", body=Struct("cue_text" / WholeText()))
box(b"vtta", body=Struct("cue_additional_text" / WholeText()))
