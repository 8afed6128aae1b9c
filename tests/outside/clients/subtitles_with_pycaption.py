"""Read WebVTT and TTML out of MP4 files with pymp4, and convert them with pycaption.

    python subtitles_with_pycaption.py FILE...

Run by a test, on pymp4 alone and registered, in an environment of its own.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pycaption import DFXPReader, SRTWriter, WebVTTReader
from pymp4.parser import MP4


def flat(boxes: Iterable[Any]) -> Iterator[Any]:
    """Every box once, those inside before those around them, which lose what is in them."""
    for box in boxes:
        for name in ("children", "entries"):
            if hasattr(box, name):
                inside = [item for item in getattr(box, name) if hasattr(item, "items")]
                yield from flat(inside)
                del box[name]
        yield box


def kind(box: Any) -> bytes:
    """Type of a box or a sample entry."""
    code: bytes = box.get("type") or box.get("format") or b""
    return code


def clock(ticks: int, timescale: int) -> str:
    """A time as WebVTT has it."""
    seconds, rest = divmod(ticks, timescale)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}.{rest * 1000 // timescale:03}"


def web_vtt(data: bytes) -> str:
    """The cues of a file in fragments, as one WebVTT document."""
    cues, timescale, now, duration, samples = ["WEBVTT", ""], 1, 0, 0, []
    for box in flat(MP4.parse_stream(io.BytesIO(data))):
        code = kind(box)
        if code == b"mdhd":
            timescale = box.timescale
        elif code == b"tfhd":
            duration = box.default_sample_duration
        elif code == b"tfdt":
            now = box.baseMediaDecodeTime
        elif code == b"trun":
            samples = list(box.sample_info)
        elif code == b"mdat":
            cue_boxes = MP4.parse(box.data)
            for sample, cue in zip(samples, cue_boxes, strict=False):
                ends = now + (sample.sample_duration or duration or 0)
                if kind(cue) == b"vttc":
                    parts = {kind(part): part for part in cue.children}
                    settings = parts[b"sttg"].settings if b"sttg" in parts else ""
                    times = f"{clock(now, timescale)} --> {clock(ends, timescale)} {settings}"
                    cues += [times.strip(), parts[b"payl"].cue_text, ""]
                now = ends
    return "\n".join(cues)


def documents(data: bytes) -> list[str]:
    """The TTML documents of a file, one in each sample."""
    found = MP4.parse(data)
    return [box.data.decode() for box in found if box.type == b"mdat" and b"<tt" in box.data]


def main(paths: list[str]) -> None:
    for path in paths:
        data = Path(path).read_bytes()
        print(path, [kind(box) for box in flat(MP4.parse(data))])
        if b"wvtt" in data and b"moof" in data:
            text = web_vtt(data)
            print(text)
            print(SRTWriter().write(WebVTTReader().read(text)))
        for document in documents(data):
            print(SRTWriter().write(DFXPReader().read(document)))


if __name__ == "__main__":
    main(sys.argv[1:])
