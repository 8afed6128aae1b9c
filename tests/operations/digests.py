"""Digests of what every operation writes, into the current folder, and prints.

    python -m tests.operations.digests | grep -v ^pymp4-nnr > tests/operations/digests.txt

The same input gives the same bytes, on every Python, in any locale, time zone, folder and file
system: those in `digests.txt`, which is written anew where files are meant to change. What commands
print is not in there.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path

import pymp4_nnr
from pymp4_nnr import FragmentWriter, append, demux, mux, mux_segments, remove, split
from tests.cli.command import call
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import FOLDER, MIXED, SIMPLE
from tests.paths import FIXTURES

PRINTED = "pymp4-nnr"
"""How the lines of what commands print begin."""


def main() -> None:
    real, start = FOLDER / "lenet5.nnr", Path.cwd()
    with tempfile.TemporaryDirectory(dir=".") as name:
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
        for into in ("frag_keyframe.mp4", "hand_iloc_1_4404.heic", "chapters_tags.mp4"):
            mux(real, out, into=FIXTURES / "mp4" / into, fragment=2)
            show(f"mux into {into}", out.read_bytes())
            remove(out, folder / "removed")
            show(f"remove from {into}", (folder / "removed").read_bytes())
        os.chdir(folder)
        for line in ("info --json", "info --units", "dump --json", "dump --full", "check --json"):
            result = call(*line.split(), out.name)
            assert result.stdout, result
            show(f"{PRINTED} {line}", result.stdout.encode())
        os.chdir(start)
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
