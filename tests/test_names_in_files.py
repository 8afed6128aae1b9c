"""Names in files are never used as paths: nothing is opened but what the caller names."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment
from tests.mp4.boxes import box, full, u8, u16, u32
from tests.mp4.networks import network
from tests.mp4.write import movie, nnr1
from tests.nnr.streams import NDUS, PARAMETERS, SIMPLE, START
from tests.nnr.tensors import EDITION_2, named_ndu
from tests.paths import ROOT
from tests.round_trip import muxed

NAMES = ["../../x", "/etc/passwd", "file:///etc/passwd", "~/x", "C:\\x", "-", "http://host/x"]

WATCHING = """
import json, os, sys, tempfile
from pymp4_nnr.cli.app import main
opened = []
def look(event, arguments):
    if event in ("open", "os.open", "os.mkdir", "os.rename", "os.link", "os.remove"):
        opened.extend(os.fsdecode(one) for one in arguments[:2] if isinstance(one, (str, bytes)))
    elif event in ("socket.connect", "subprocess.Popen", "os.exec", "urllib.Request"):
        opened.append("forbidden: " + event)
sys.addaudithook(look)
log = os.dup(2)
for words in json.loads(sys.argv.pop(1)):
    try:
        main(words, prog_name="pymp4-nnr")
    except SystemExit:
        pass
os.write(log, ("\\n" + json.dumps(opened)).encode())
"""


def tensors() -> bytes:
    return EDITION_2 + b"".join(named_ndu(name, b"data") for name in NAMES)


def located(name: str) -> bytes:
    """A file whose data references, handler, item and track are called so."""
    text = name.encode() + b"\0"
    plan = network(1, name=text, entries=[nnr1(START, PARAMETERS)])
    infe = full(b"infe", 2, 0, u16(1, 0), b"uri ", text, text)
    hdlr = full(b"hdlr", 0, 0, u32(0), b"null", bytes(12), text)
    places = full(b"iloc", 1, 0, u8(0x44, 0x00), u16(1), u16(1, 0, 1, 1), u32(0, 1))
    dref = full(b"dref", 0, 0, u32(1), full(b"url ", 0, 0, text))
    dinf = box(b"dinf", dref)
    meta = full(b"meta", 0, 0, hdlr, dinf, full(b"iinf", 0, 0, u16(1), infe), places)
    return movie([plan], moov_first=True, after=meta)


def external(name: str) -> bytes:
    """The same, and the samples are said to lie in a file of that name."""
    data = bytearray(located(name))
    at = data.index(b"url ")
    data[at + 7] = 0  # not in this file: the location is empty
    return bytes(data)


FILES = {
    "tensors.nnr": tensors(),
    "tensors.mp4": muxed(tensors()),
    **{f"located {number}.mp4": located(name) for number, name in enumerate(NAMES)},
    **{f"external {number}.mp4": external(name) for number, name in enumerate(NAMES[:2])},
    **{f"muxed {number}.mp4": muxed(SIMPLE, name=name) for number, name in enumerate(NAMES[:3])},
}
COMMANDS = [
    *(["info", "FILE"], ["info", "--tensors", "FILE"], ["info", "--json", "FILE"]),
    *(["dump", "FILE"], ["check", "FILE"], ["demux", "FILE", "-o", "out 1"]),
    *(["extract", "FILE", "--sample", "1", "-o", "out 2"], ["remove", "FILE", "-o", "out 3"]),
    ["extract", "FILE", "--tensor", "../../x", "-o", "out 8"],
    *(["mux", "FILE", "-o", "out 4"], ["mux", "good.nnr", "--into", "FILE", "-o", "out 5"]),
    *(["report", "FILE", "-o", "out 6"], ["decode", "FILE", "-o", "out 7"]),
]


@pytest.mark.parametrize("kind", sorted({name.split()[0] for name in FILES}))
def test_nothing_is_opened_but_what_is_asked_for(kind: str, tmp_path: Path) -> None:
    (tmp_path / "good.nnr").write_bytes(b"".join([START, PARAMETERS, *NDUS]))
    lines = []
    for name, data in FILES.items():
        if name.split()[0] == kind:
            (tmp_path / name).write_bytes(data)
            lines += [
                [*(word.replace("FILE", name) for word in words), *(["--force"] * ("-o" in words))]
                for words in COMMANDS
            ]
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHING, json.dumps(lines)],
        capture_output=True,
        cwd=tmp_path,
        env=environment(),
        timeout=100,
    )
    opened = set(json.loads(done.stderr.splitlines()[-1]))
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, str(ROOT), *filter(None, sys.path)}
    others = {
        path
        for path in opened
        if not path.startswith((*python, str(tmp_path)))
        and path not in {"good.nnr", *FILES}
        and not path.startswith("out ")
    }
    assert opened & {*FILES}, "it is seen what is opened"
    assert others <= {"/dev/null", "rb", "wb", "r", "w"}, others
    inside = {Path(path) for path in opened if path.startswith(str(tmp_path))}
    assert all(path.parent == tmp_path or path == tmp_path for path in inside), inside
    there = {path.name for path in tmp_path.iterdir()}
    allowed = {"good.nnr", *FILES, *(f"out {number}" for number in range(1, 9))}
    assert there <= allowed, there
    assert any(name.startswith("out ") for name in there), "they do write"
