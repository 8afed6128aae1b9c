"""Read, build and change protection headers with pywidevine; what comes out is printed.

    python headers_with_pywidevine.py FILE...

Run by a test, on pymp4 alone and registered, in an environment of its own.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from uuid import UUID

from pywidevine.pssh import PSSH

KEYS = [UUID("01234567-89ab-cdef-0123-456789abcdef"), UUID(int=5)]


def show(name: str, pssh: PSSH) -> None:
    """Everything that a header says."""
    print(name, pssh.version, pssh.flags, pssh.system_id, pssh.init_data)
    print(pssh.dump().hex(), pssh.dumps())
    try:
        print(pssh.key_ids)
    except ValueError as error:
        print(error)


def boxes(data: bytes) -> list[bytes]:
    """The bytes of the `pssh` boxes in a file, found by their type."""
    found = []
    at = data.find(b"pssh")
    while at >= 0:
        size = int.from_bytes(data[at - 4 : at])
        found.append(data[at - 4 : at - 4 + size])
        at = data.find(b"pssh", at + 4)
    return found


def main(paths: list[str]) -> None:
    for path in paths:
        for box in boxes(Path(path).read_bytes()):
            show(path, PSSH(box))
            show(path, PSSH(base64.b64encode(box).decode()))
            if PSSH(box).system_id == PSSH.SystemId.Widevine:
                changed = PSSH(box)
                changed.set_key_ids(KEYS)
                show("other keys", changed)
                changed.to_playready(la_url="https://example.org")
                show("for PlayReady", changed)
                changed.to_widevine()
                show("and back", changed)
    widevine = PSSH.SystemId.Widevine
    show("of keys", PSSH.new(system_id=widevine, key_ids=KEYS, version=1))
    show("of data", PSSH.new(system_id=widevine, init_data=b"\x12\x10" + bytes(16)))
    show("of one key", PSSH.new(system_id=widevine, key_ids=KEYS[:1]))
    header = PSSH.new(system_id=widevine, init_data=b"\x12\x10" + KEYS[0].bytes, version=1)
    show("version 1 without keys", header)
    for junk in (b"", b"junk", b"\0\0\0\x20pssh" + bytes(9), b"\x12\x10" + bytes(16)):
        try:
            show("junk", PSSH(junk))
        except Exception as error:
            print("junk", junk, type(error).__name__)


if __name__ == "__main__":
    main(sys.argv[1:])
