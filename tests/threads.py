"""Work that is done in several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

THREADS = 8


def in_threads(work: Callable[[int], object]) -> None:
    """Call a function with 0, 1, ..., each in a thread of its own, and wait for all of them."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
