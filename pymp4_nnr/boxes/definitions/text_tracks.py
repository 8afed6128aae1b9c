"""WebVTT and other text in samples and sample entries (ISO/IEC 14496-30)."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Int32sb, Struct

from ..reader import window_on
from ..registry import box, container_box


class WholeText(Construct):
    """UTF-8 text to the end of the box, without a terminator: str, or bytes if it is not UTF-8."""

    def _parse(self, stream: Any, context: Container, path: str) -> str | bytes:
        data = window_on(stream).read()
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        stream.write(obj.encode() if isinstance(obj, str) else bytes(obj))


# 7.4.
box(b"vttC", body=Struct("config" / WholeText()))
box(b"vlab", body=Struct("label" / WholeText()))
# 7.5. pymp4 has vttx, of an earlier edition, in place of vtta.
container_box(b"vttc", b"vttx")
box(b"vtte", body=Struct(), trusted=True)
box(b"vsid", body=Struct("source_ID" / Int32sb))
box(b"ctim", body=Struct("cue_current_time" / WholeText()))
box(b"iden", body=Struct("cue_id" / WholeText()))
box(b"sttg", body=Struct("settings" / WholeText()))
box(b"payl", body=Struct("cue_text" / WholeText()))
box(b"vtta", body=Struct("cue_additional_text" / WholeText()))
