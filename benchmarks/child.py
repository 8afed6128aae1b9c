"""Runs a command and prints the seconds that it took, and its peak memory in bytes.

``python -I -S child.py COMMAND...`` is a process of its own because Linux counts the memory of
the process that starts a command as the command's, and this one is small: 8 MB. What the command
prints is discarded.
"""

import os
import sys
import time

discard = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
start = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[discard])
_, status, usage = os.wait4(pid, 0)
taken = time.perf_counter() - start

if code := os.waitstatus_to_exitcode(status):
    sys.exit(f"{' '.join(sys.argv[1:])}: ended with {code}")
print(taken, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
