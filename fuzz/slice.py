"""A few inputs for every harness, the same for the same seed; without atheris.

    python -m fuzz.slice SEED COUNT [NAME...] [--memory-mib N] [--found]

It makes many times as many inputs a second as atheris does, since nothing is instrumented: with
`--found` it begins with the inputs that atheris found, which get further. Prints what went wrong,
and how to have it again; exit code 1 if anything did. It runs in a process of its own so that its
memory can be limited.
"""

from __future__ import annotations

import argparse
import importlib
import random
import resource
import struct
import time
import traceback
from collections.abc import Iterator, Sequence

from .corpus import corpus, found
from .harnesses import NAMES
from .mutations import mutated

SLOW_SECONDS = 5
MOST_MEMORY = 64 << 20
"""Bytes that one input may add to what the process has needed before: inputs are of a few kB."""

SMALL = 200
"""Inputs much smaller than this are chosen equally often, larger ones the less the larger they are:
a byte that is changed matters more in a small file, which also takes less time."""

slowest: dict[str, float] = {}
"""Seconds of processor time of the slowest input, by harness."""


def faults(
    seed: int, count: int, names: Sequence[str] = NAMES, *, more: bool = False
) -> Iterator[str]:
    """Run `count` inputs through each harness, and yield a description of each fault.

    Args:
        seed: what decides which inputs are made.
        count: how many, for each harness.
        names: of harnesses.
        more: begin with what atheris found, too.
    """
    for name in names:
        harness = importlib.import_module(f"fuzz.harnesses.{name}")
        inputs = (*corpus(harness.KIND), *(found(name) if more else ()))
        random_ = random.Random(f"{seed} {name}")
        weights = [1 / (SMALL + len(data)) for data in inputs]
        most = _peak()
        for number in range(count):
            (chosen,) = random_.choices(inputs, weights)
            data = mutated(chosen, random_, inputs)
            started = time.process_time()
            trouble = None
            try:
                harness.run(data)
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)[-1]
                trouble = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
            seconds = time.process_time() - started
            slowest[name] = max(slowest.get(name, 0), seconds)
            if trouble is None and seconds > SLOW_SECONDS:
                trouble = f"{seconds:.1f} seconds"
            before, most = most, _peak()
            if trouble is None and most - before > MOST_MEMORY:
                trouble = f"{most - before >> 20} MiB"
            if trouble is not None:
                made = f"bytes.fromhex({data.hex()!r})"
                yield f"seed {seed}, {name}, input {number}: {trouble}; {made}"


def _peak() -> int:
    """The most memory that this process has had until now, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main() -> int:
    parser = argparse.ArgumentParser(description="Run harnesses without atheris.")
    parser.add_argument("seed", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--memory-mib", type=int, default=1024)
    parser.add_argument("--found", action="store_true", help="begin with what atheris found, too")
    options = parser.parse_args()
    if struct.calcsize("P") == 8:
        limit = options.memory_mib << 20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    number = 0
    for fault in faults(options.seed, options.count, options.names, more=options.found):
        print(fault, flush=True)
        number += 1
    print(
        f"{options.count} inputs, {len(options.names)} harnesses, {number} faults; "
        f"slowest {max(slowest.values(), default=0):.2f} s, {_peak() >> 20} MiB"
    )
    return 1 if number else 0


if __name__ == "__main__":
    raise SystemExit(main())
