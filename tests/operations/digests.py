"""Digests of what every operation writes: `python -m tests.operations.digests`.

The same input gives the same bytes, on every Python, in any locale, time zone and folder.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from pathlib import Path

import pymp4_nnr
from pymp4_nnr import FragmentWriter, append, demux, mux, mux_segments, remove, split
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import FOLDER, MIXED, SIMPLE
from tests.paths import FIXTURES


def main() -> None:
    real = FOLDER / "lenet5.nnr"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def show(title: str, data: bytes) -> None:
            print(title, hashlib.sha256(data).hexdigest())

        out = folder / "out.mp4"
        for title, options in (
            ("alone", {}),
            ("named", {"name": "İstanbul 网络"}),
            ("beside", {"into": video_and_sound()}),
            ("fixture", {"into": FIXTURES / "mp4" / "h264_aac.mp4"}),
            ("fragments", {"fragment": 3}),
            ("appendable", {"appendable": True, "at": 1_700_000_000.5}),
        ):
            mux(real, out, **options)  # type: ignore[arg-type]
            show(f"mux {title}", out.read_bytes())
        append(out, MIXED, at=1_700_000_100)
        show("append", out.read_bytes())
        demux(out, folder / "back")
        show("demux", (folder / "back").read_bytes())
        mux([SIMPLE, MIXED], out)
        remove(out, folder / "removed", track_id=1)
        show("remove", (folder / "removed").read_bytes())
        for path in mux_segments(real, folder / "parts", fragment="10KiB"):
            show(path.name, path.read_bytes())
        stream = io.BytesIO()
        with FragmentWriter(stream, fragment=2) as writer:
            for unit in split(MIXED):
                writer.write(unit)
        show("stream", stream.getvalue())
        mux(real, out)
        with pymp4_nnr.open(out) as file:
            net = file.networks[0]
            target = io.BytesIO()
            net.extract(list(net.tensors)[:2], target, decodable=True)
            show("extract", target.getvalue())
        pymp4_nnr.register(extended=True)
        from pymp4.parser import Box

        data = (FIXTURES / "mp4" / "h264_aac.mp4").read_bytes()
        source = io.BytesIO(data)
        built = b""
        while source.tell() < len(data):
            built += Box.build(Box.parse_stream(source))
        show("boxes", built)


if __name__ == "__main__":
    main()
