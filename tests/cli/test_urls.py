"""Commands that take a URL where they take a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pymp4_nnr.cli.progress import progress_bar
from pymp4_nnr.io.source import open_source
from tests.cli.command import call, execute
from tests.nnr.tensors import LENET
from tests.paths import ROOT
from tests.remote.models import bitstream
from tests.remote.server import WebServer, web
from tests.round_trip import muxed

__all__ = ["web"]


@pytest.fixture
def url(web: WebServer) -> str:
    web.files["/model.mp4"] = muxed(LENET)
    web.files["/model.nnr"] = LENET.read_bytes()
    return web.url(user="me:secret@") + "?token=secret"


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "model.mp4"
    path.write_bytes(muxed(LENET))
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["info"],
        ["info", "--tensors"],
        ["info", "--json"],
        ["info", "--json", "--tensors"],
        ["dump"],
    ],
)
def test_what_is_printed(arguments: list[str], url: str, local: Path, web: WebServer) -> None:
    remote, expected = call(*arguments, url), call(*arguments, local)
    assert remote.exit_code == expected.exit_code == 0
    assert "secret" not in remote.output
    shown = f"http://***@127.0.0.1:{web.port}/model.mp4?..."
    assert remote.stdout.replace(shown, str(local)) == expected.stdout


def test_outputs(url: str, local: Path, web: WebServer, tmp_path: Path) -> None:
    target = tmp_path / "out.nnr"
    done = call("demux", url, "-o", target)
    assert (done.exit_code, target.read_bytes()) == (0, LENET.read_bytes())
    assert "exists" in call("demux", url, "-o", target).stderr
    assert call("demux", url, "-o", "-", "-q").stdout_bytes == LENET.read_bytes()
    for options in ([], ["--decodable"]):
        arguments = ["--tensor", "fc1.weight", *options, "-q", "-o", "-"]
        expected = call("extract", local, *arguments).stdout_bytes
        assert call("extract", url, *arguments).stdout_bytes == expected != b""
    for original in (LENET, web.url("/model.nnr")):
        done = call("verify", url, "--against", original)
        assert done.exit_code == 0
        assert "identical" in done.stdout
        assert "secret" not in done.stdout
    web.files["/model.nnr"] = LENET.read_bytes()[:-1] + b"?"
    done = call("verify", url, "--against", web.url("/model.nnr"))
    assert done.exit_code == 1
    assert f"first difference at byte {LENET.stat().st_size - 1}" in done.stderr
    assert call("mux", web.url("/model.nnr"), "-o", tmp_path / "new.mp4").exit_code == 0


def test_listing_and_one_tensor_are_few_requests(web: WebServer, tmp_path: Path) -> None:
    web.files["/model.mp4"] = muxed(bitstream(300, 5000))
    assert "300 tensors" in call("info", web.url(), "--tensors").stdout
    assert len(web.asked) == 1
    web.asked.clear()
    target = tmp_path / "layer.nnr"
    done = call("extract", web.url(), "--tensor", "layers.200.weight", "-o", target)
    assert done.exit_code == 0, done.stderr
    assert len(web.asked) == 2
    record = json.loads(call("info", web.url(), "--tensors", "--json").stdout)
    [found] = [
        tensor
        for tensor in record["tracks"][0]["tensors"]
        if "layers.200.weight" in json.dumps(tensor)
    ]
    start = json.dumps(found)
    assert str(web.files["/model.mp4"].index(target.read_bytes())) in start


def test_segments(web: WebServer, tmp_path: Path) -> None:
    source = tmp_path / "model.nnr"
    source.write_bytes(bitstream(20))
    folder = tmp_path / "parts"
    assert call("mux", source, "--segments", folder, "--fragment", "5").exit_code == 0
    names = [path.name for path in folder.iterdir()]
    first = [name for name in names if "init" in name]
    rest = sorted(set(names) - set(first), key=lambda name: int("".join(filter(str.isdigit, name))))
    for name in names:
        web.files[f"/{name}"] = (folder / name).read_bytes()
    urls = [web.url(f"/{name}") for name in first + rest]
    assert call("demux", *urls, "-o", "-", "-q").stdout_bytes == source.read_bytes()


FAULTS = {
    "missing": (404, "No such file or directory"),
    "forbidden": (403, "Permission denied"),
    "broken": (418, "the server answers 418"),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("command", ["info", "extract", "demux", "verify", "dump"])
def test_faults(command: str, name: str, web: WebServer, url: str, tmp_path: Path) -> None:
    status, message = FAULTS[name]
    web.behave = lambda handler: handler.answer(status, b"") or True
    target = tmp_path / "out"
    more = {
        "extract": ["--tensor", "a", "-o", target],
        "demux": ["-o", target],
        "verify": ["--against", LENET],
    }
    done = call(command, url, *more.get(command, []))
    assert done.exit_code == 1
    assert done.stdout == ""
    shown = f"http://***@127.0.0.1:{web.port}/model.mp4?..."
    assert done.stderr == f"pymp4-nnr: {shown}: {message}\n".replace("418\n", "418 I'm a Teapot\n")
    assert not target.exists()


def test_an_output_is_no_url(url: str, web: WebServer) -> None:
    done = call("demux", url, "-o", web.url("/out.nnr", user="me:secret@"))
    assert done.exit_code == 2
    assert "URLs are read, not written" in done.stderr
    assert "secret" not in done.stderr
    assert not web.asked


def test_check_and_report(url: str, local: Path, web: WebServer, tmp_path: Path) -> None:
    for arguments in (["check"], ["check", "--json"]):
        done, expected = call(*arguments, url), call(*arguments, local)
        assert done.exit_code == expected.exit_code == 0
        shown = f"http://***@127.0.0.1:{web.port}/model.mp4?..."
        assert done.stdout.replace(shown, str(local)) == expected.stdout
    page = tmp_path / "page.html"
    assert call("report", url, "-o", page).exit_code == 0
    assert b"secret" not in page.read_bytes()
    assert b"conv1.weight" in page.read_bytes()


def test_progress(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remote counts with its size."""
    web.files["/model.mp4"] = bytes(1_000_000)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with (
        open_source(web.url()) as source,
        progress_bar("reading", [source], quiet=False, long=999_999) as progress,
    ):
        assert progress is not None
        progress(1_000_000)
    with progress_bar("reading", [source], quiet=False, long=1_000_001) as progress:
        assert progress is None


def test_a_process_of_its_own(url: str) -> None:
    done = execute("info", url, "--tensors")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"10 tensors" in done.stdout


def test_without_the_extra(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path[:0] = {[str(ROOT)]!r}
sys.modules["fsspec"] = None
from pymp4_nnr.cli import main
main(["info", "https://user:secret@example.com/x.mp4"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "pip install 'pymp4-nnr[remote]'" in done.stderr
    assert "secret" not in done.stderr
