"""pymp4's command `mp4dump`, done by this package: see `_pymp4_nnr_mp4dump`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ..errors import NNRError
from ..escape import printable, shortened
from .streams import prepare_streams, print_lines, reader_has_gone


def dump(arguments: Sequence[str] | None = None) -> int:
    """Print the boxes of a file. Arguments are those of pymp4's command, and ``--full``.

    Without it, only the first rows and the last one are printed of tables and lists of more than
    64 rows, and of a type of box of which there are more than 64 at the top level.

    Returns:
        The exit code: 0, or 1 where the file cannot be read to its end, with one line on stderr.
    """
    parser = argparse.ArgumentParser(description="Dump all the boxes from an MP4 file")
    parser.add_argument("input_file", metavar="FILE", help="Path to the MP4 file to open")
    # not in the help, which is that of pymp4's command; where something is cut, it is named
    parser.add_argument("--full", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    path = options.input_file
    from ..boxes.tree import Omitted
    from ..operations.dump import box_lines, short_dump
    from ..operations.dump import dump as full_dump

    prepare_streams()
    try:
        boxes = full_dump if options.full else short_dump
        for box in boxes(sys.stdin.buffer if path == "-" else path):
            if isinstance(box, Omitted):
                print_lines([f"... {box} (mp4dump --full shows them)"])
            else:
                print_lines(box_lines(box, short=not options.full))
    except BrokenPipeError:
        return reader_has_gone()
    except NNRError as error:
        return _fail(path, str(error))
    except OSError as error:
        return _fail(path, error.strerror or str(error))
    return 0


def _fail(path: str, reason: str) -> int:
    sys.stdout.flush()
    if sys.stderr is not None:
        print(shortened(printable(f"mp4dump: {path}: {reason}")), file=sys.stderr)
    return 1
