"""Appends rounds in processes that are killed, and says what each has left behind.

    python -m tests.delivery.killed FILE ROUND.nnr TIMES

For each trial, FILE is copied, a child process appends ROUND.nnr to the copy and is killed by
SIGKILL: before each call of the system that changes the file, and after TIMES delays that spread
over the time that an append takes. Prints a JSON list of what is left: bytes of the file, whether
it restores the rounds before or all (``"before"``, ``"after"``, ``null`` for neither), and the same
after the next append, with the bytes that this repaired.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pymp4_nnr import NNRError, append, demux
from pymp4_nnr.operations import append as module

_CHANGES = ("ftruncate", "pwrite", "fsync")


def _in_a_child(work: Callable[[], None], delay: float | None = None) -> None:
    """Run in a child process, which is killed after some seconds, or kills itself."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _killing(number: int, work: Callable[[], None]) -> Callable[[], None]:
    """The same work, which kills its process before change `number` of a file."""
    count = 0

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return function(*arguments, **named)

        return call

    def killed() -> None:
        for name in _CHANGES:
            setattr(os, name, watched(getattr(os, name)))
        module.write_pieces = watched(module.write_pieces)  # type: ignore[assignment]
        work()

    return killed


def _trials(file: Path, source: bytes, times: int) -> Iterator[dict[str, Any]]:
    copy, back = file.with_suffix(".copy"), file.with_suffix(".back")

    def restored() -> bytes | None:
        try:
            demux(copy, back)
        except NNRError:
            return None
        return back.read_bytes()

    shutil.copy(file, copy)
    before = restored()
    assert before is not None
    begun = time.perf_counter()
    append(copy, source)
    lasts = time.perf_counter() - begun
    named = {before: "before", before + source: "after"}
    kills: list[tuple[int | None, float | None]] = [(number, None) for number in range(12)]
    kills += [(None, lasts * 1.5 * i / times) for i in range(times)]
    for number, delay in kills:
        shutil.copy(file, copy)

        def work() -> None:
            append(copy, source)

        _in_a_child(work if number is None else _killing(number, work), delay)
        size, left = copy.stat().st_size, named.get(restored() or b"")
        repaired = 0
        if left == "before":
            repaired = append(copy, source).repaired
        yield {
            "before_change": number,
            "size": size,
            "left": left,
            "repaired": repaired,
            "then": named.get(restored() or b""),
        }


if __name__ == "__main__":
    path, round_path, count = sys.argv[1:]
    print(json.dumps(list(_trials(Path(path), Path(round_path).read_bytes(), int(count)))))
