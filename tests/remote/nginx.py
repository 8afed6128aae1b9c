"""nginx, run for a test on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.outside.programs import need
from tests.remote.server import need_fsspec

_CONFIGURATION = """
daemon off;
master_process off;
pid {run}/pid;
error_log {run}/errors;
events {{}}
http {{
    log_format asked '$http_range|$status|$body_bytes_sent|$connection';
    access_log {run}/asked asked;
    types {{ video/mp4 mp4; application/octet-stream nnr; }}
    {temporary}
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        {more}
    }}
}}
"""

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
"""Debian installs it where only root looks."""

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_SECONDS = 10


@dataclass(frozen=True)
class Answered:
    """One line of the log: a request that has been answered.

    Attributes:
        range: first byte and the one behind the last that were asked for; None for all.
        status: of the answer.
        sent: bytes of its body that were sent.
        connection: its serial number.
    """

    range: tuple[int, int] | None
    status: int
    sent: int
    connection: int


@dataclass
class Nginx:
    """A running server.

    Attributes:
        folder: whose files it serves.
        port: on the loopback interface.
        log: path of its log.
    """

    folder: Path
    port: int
    log: Path

    def url(self, name: str) -> str:
        """The URL of a file in the folder."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def answered(self) -> list[Answered]:
        """The requests that it has answered; one is logged soon after its last byte is sent."""
        text, same = self.log.read_text(), 0
        while same < 10:  # on a machine with much to do, nginx comes late to its log
            time.sleep(0.03)
            before, text = text, self.log.read_text()
            same = same + 1 if before == text else 0
        found = []
        for line in text.splitlines():
            asked, status, sent, connection = line.split("|")
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", asked)
            place = (int(wanted[1]), int(wanted[2]) + 1) if wanted else None
            found.append(Answered(place, int(status), int(sent), int(connection)))
        return found

    def forget(self) -> None:
        """Start the log anew."""
        self.answered()
        self.log.write_text("")


@contextlib.contextmanager
def run_nginx(folder: Path, run: Path, more: str = "") -> Iterator[Nginx]:
    """Serve the files of a folder.

    Args:
        folder: whose files are served.
        run: an empty folder for its log and temporary files.
        more: lines of configuration of the server.
    """
    program = shutil.which("nginx", path=_PATH) or need("nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    temporary = " ".join(f"{kind}_temp_path {run}/{kind};" for kind in _TEMPORARY)
    (run / "asked").touch()
    path = run / "nginx.conf"
    path.write_text(
        _CONFIGURATION.format(run=run, folder=folder, port=port, temporary=temporary, more=more)
    )
    process = subprocess.Popen(
        [program, "-c", path, "-p", run, "-e", run / "errors"], stdin=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield Nginx(folder, port, run / "asked")
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "nginx does not start"
            assert time.monotonic() < end, "nginx does not answer"
            time.sleep(0.02)


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """nginx with the files of a new folder; skips the test without it, or without `remote`."""
    need_fsspec()
    folder, run = tmp_path / "served", tmp_path / "nginx"
    folder.mkdir()
    run.mkdir()
    with run_nginx(folder, run) as running:
        yield running
