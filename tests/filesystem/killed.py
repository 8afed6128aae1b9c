"""Operations in processes that are killed by SIGKILL at random moments.

    python -m tests.filesystem.killed SEED COUNT

COUNT trials are spread over `mux`, `demux`, `remove` and `extract`; others do what is written in
other ways, and segments. Each does one operation in a child process, forked from this one, which is
killed: in turn, before a random call of a function written in C (so before and after every call of
the system), and after a random time. Then the target must be the old file or the new one, and the
next run must remove what is left. Prints how often each was there; exit code 1 if anything else
was.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from types import FrameType

import pymp4_nnr
from pymp4_nnr import FragmentWriter, demux, mux, mux_segments, remove, split
from pymp4_nnr.io import kernel_copy
from tests.mp4.networks import video_and_sound
from tests.nnr.streams import START, unit

BITSTREAM = START + b"".join(unit(5, bytes([number]) * 4_000) for number in range(64))
OLD = b"what was there" * 100


def extract(source: Path, target: Path, *, overwrite: bool) -> None:
    with pymp4_nnr.open(source) as file:
        file.networks[0].extract([], target, samples=range(1, 60), overwrite=overwrite)


def stream(source: Path, target: Path, *, overwrite: bool) -> None:
    with FragmentWriter(target, fragment=8, overwrite=overwrite) as writer:
        for one in split(source):
            writer.write(one)


Operation = Callable[[Path, bool], object]

MAIN = ("mux", "demux", "remove", "extract")
"""The operations over which the trials are spread; the others get a fifth as many each."""


def operations(folder: Path) -> dict[str, Operation]:
    """What writes a file; each takes the target and whether it may be replaced."""
    nnr, mp4, video, both = (folder / name for name in ("nnr", "mp4", "video", "both"))
    nnr.write_bytes(BITSTREAM)
    video.write_bytes(video_and_sound())
    mux(nnr, mp4)
    mux(nnr, both, into=video)
    return {
        "mux": lambda target, over: mux(nnr, target, overwrite=over),
        "mux into": lambda target, over: mux(nnr, target, into=video, overwrite=over),
        "mux sync": lambda target, over: mux(nnr, target, sync=True, overwrite=over),
        "demux": lambda target, over: demux(mp4, target, overwrite=over),
        "remove": lambda target, over: remove(both, target, overwrite=over),
        "extract": lambda target, over: extract(mp4, target, overwrite=over),
        "stream": lambda target, over: stream(nnr, target, overwrite=over),
    }


def killed(work: Callable[[], object], *, call: int | None = None, after: float = 0) -> bool:
    """Do work in a child process; kill it before a call of a C function, or after seconds.

    Returns:
        Whether it was killed before it was done.
    """
    child = os.fork()
    if not child:
        seen = 0

        def count(frame: FrameType, event: str, argument: object) -> None:
            nonlocal seen
            if event == "c_call":
                if seen == call:
                    os.kill(os.getpid(), signal.SIGKILL)
                seen += 1

        try:
            if call is not None:
                sys.setprofile(count)
            work()
        finally:
            os._exit(0)
    if call is None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def calls_of(work: Callable[[], object]) -> int:
    """How many calls of C functions there are."""
    seen = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal seen
        seen += event == "c_call"

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return seen


def trials(seed: int, count: int) -> Counter[str]:
    """What was found after each kill, by name."""
    random_ = random.Random(seed)
    found: Counter[str] = Counter()
    kernel_copy._STEP = 10_000  # so that there are moments between
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "out"
        folder.mkdir()
        target = folder / "target"
        known = []
        for title, operation in operations(Path(name)).items():
            begun = time.perf_counter()
            operation(target, True)
            lasts = time.perf_counter() - begun
            new = target.read_bytes()
            calls = calls_of(lambda: operation(target, True))  # noqa: B023
            known.append((title, operation, new, lasts, calls))
        turns = []
        for one in known:
            times = count // len(MAIN) if one[0] in MAIN else count // len(MAIN) // 5
            turns += [(one, by_call) for by_call in islice(cycle((True, False)), times)]
        random_.shuffle(turns)
        for (title, operation, new, lasts, calls), by_call in turns:
            exists = random_.randrange(2) == 1
            over = exists or random_.randrange(2) == 1
            target.unlink(missing_ok=True)
            if exists:
                target.write_bytes(OLD)

            def work() -> None:
                operation(target, over)  # noqa: B023

            if by_call:
                done = not killed(work, call=random_.randrange(calls))
            else:
                done = not killed(work, after=random_.random() * lasts * 1.5)
            there = target.read_bytes() if target.exists() else None
            old = OLD if exists else None
            left = [path.name for path in folder.iterdir() if path != target]
            state = "new" if there == new else "old" if there == old else "BROKEN"
            found[f"{title}: {state}"] += 1
            found["trials of the four"] += title in MAIN
            found["killed of the four"] += title in MAIN and not done
            found["trials"] += 1
            found["killed"] += not done
            found["left behind"] += len(left)
            found["BROKEN"] += state == "BROKEN" or (done and state != "new") or len(left) > 1
            operation(target, True)
            left = [path.name for path in folder.iterdir() if path != target]
            found["BROKEN"] += bool(left) or target.read_bytes() != new
    return found


def segment_trials(seed: int, count: int) -> Counter[str]:
    """The same for a folder of segments that is new: it is there whole, or not at all."""
    random_ = random.Random(seed)
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "out"

        def work() -> None:
            mux_segments(BITSTREAM, folder, fragment=4)

        calls = calls_of(work)
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        for _ in range(count):
            for path in folder.iterdir() if folder.exists() else ():
                path.unlink()
            if folder.exists():
                folder.rmdir()
            found["trials"] += 1
            found["killed"] += killed(work, call=random_.randrange(calls))
            left = {path.name for path in Path(name).iterdir()}
            found["left behind"] += len(left - {"out"})
            state = "old"
            if folder.exists():
                there = {path.name: path.read_bytes() for path in folder.iterdir()}
                state = "new" if there == files else "BROKEN"
            found[f"segments: {state}"] += 1
            found["BROKEN"] += state == "BROKEN"
            work()
            found["BROKEN"] += {path.name for path in Path(name).iterdir()} != {"out"}
    return found


def main() -> int:
    seed, count = map(int, sys.argv[1:])
    found = trials(seed, count) + segment_trials(seed, count // 16)
    for name, number in sorted(found.items()):
        print(f"{name}: {number}")
    return 1 if found["BROKEN"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
