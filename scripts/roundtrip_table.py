"""Print how many real files pymp4 rebuilds byte for byte: stock, and with pymp4-nnr registered.

    python scripts/roundtrip_table.py [FOLDER ...]

Each file is parsed box after box with `Box.parse_stream` and built again with `Box.build`. Without
folders: fixtures/mp4 without the files that are broken on purpose, and ../shared/mp4 where it is.
"""

from __future__ import annotations

import io
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pymp4.parser import Box

import pymp4_nnr
from pymp4_nnr.plugin.pymp4_internals import ArraysRestored

ROOT = Path(__file__).resolve().parent.parent
NOT_MEDIA = {".py", ".json", ".md", ".mp4ff", ".pyc"}
OUTCOMES = ("identical", "different", "parse error", "build error", "no end")
SECONDS = 10
"""Time limit for a file: a bit field of stock pymp4 loops for ever if the data ends in it."""


class NoEndError(BaseException):
    """The time limit was reached. Not an `Exception`, which construct would catch."""


def media_files(folders: list[Path]) -> Iterator[Path]:
    """The media files right in the folders."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix not in NOT_MEDIA:
                yield path


def outcome(data: bytes) -> str:
    """The outcome for one file."""
    signal.alarm(SECONDS)
    try:
        stream = io.BytesIO(data)
        boxes = []
        try:
            while stream.tell() < len(data):
                boxes.append(Box.parse_stream(stream))
        except NoEndError:
            return "no end"
        except Exception:
            return "parse error"
        try:
            rebuilt = b"".join(Box.build(box) for box in boxes)
        except NoEndError:
            return "no end"
        except Exception:
            return "build error"
        return "identical" if rebuilt == data else "different"
    finally:
        signal.alarm(0)


def raise_no_end(*_: Any) -> None:
    raise NoEndError


def main(arguments: list[str]) -> None:
    folders = [Path(argument) for argument in arguments]
    if not folders:
        folders = [ROOT / "fixtures/mp4", ROOT.parent / "shared/mp4"]
    contents = [path.read_bytes() for path in media_files([f for f in folders if f.is_dir()])]
    signal.signal(signal.SIGALRM, raise_no_end)
    arrays = ArraysRestored()
    states: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("stock pymp4", lambda: None, lambda: None),
        ("stock pymp4, arrays restored", arrays.apply, arrays.undo),
        ("after `pymp4_nnr.register()`", pymp4_nnr.register, pymp4_nnr.unregister),
    ]
    print(f"| {len(contents)} files | {' | '.join(OUTCOMES)} |")
    print("| --- |" + " --- |" * len(OUTCOMES))
    for name, enter, leave in states:
        enter()
        counts = Counter(map(outcome, contents))
        leave()
        print(f"| {name} | {' | '.join(str(counts[kind]) for kind in OUTCOMES)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
