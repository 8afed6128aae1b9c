"""`python -m pymp4_nnr`: the command `pymp4-nnr`, for the Python that runs it."""

from __future__ import annotations

import os
import sys

try:
    import signal
except KeyboardInterrupt:  # before it can be said what an interrupt is to do
    raise SystemExit(130) from None

_INTERRUPTED = 128 + signal.SIGINT


def run() -> None:
    """Run the command, which an interrupt ends as shells expect: by the signal, without a word."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:  # while modules are imported, there is nothing to clean up
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .cli import main

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main(prog_name="pymp4-nnr")
    except SystemExit as done:
        if done.code != _INTERRUPTED or sys.platform == "win32":
            raise
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    run()
