"""pymp4's command `mp4dump`, done by this package: see `_pymp4_nnr_mp4dump`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ..errors import NNRError
from ..escape import one_line
from .streams import prepare_streams


def dump(arguments: Sequence[str] | None = None) -> int:
    """Print all boxes of a file. Arguments are those of pymp4's command.

    Returns:
        The exit code: 0, or 1 where the file cannot be read to its end, with one line on stderr.
    """
    parser = argparse.ArgumentParser(description="Dump all the boxes from an MP4 file")
    parser.add_argument("input_file", metavar="FILE", help="Path to the MP4 file to open")
    path = parser.parse_args(arguments).input_file
    from ..operations.dump import box_lines
    from ..operations.dump import dump as boxes_of

    prepare_streams()
    try:
        for box in boxes_of(sys.stdin.buffer if path == "-" else path):
            sys.stdout.writelines(f"{line}\n" for line in box_lines(box))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone. What is left in the buffer must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except NNRError as error:
        return _fail(path, str(error))
    except OSError as error:
        return _fail(path, error.strerror or str(error))
    return 0


def _fail(path: str, reason: str) -> int:
    sys.stdout.flush()
    if sys.stderr is not None:
        print(one_line(f"mp4dump: {path}: {reason}"), file=sys.stderr)
    return 1
