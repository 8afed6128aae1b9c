"""pymp4's command `mp4dump` with our hook, in processes of their own.

What pip does with the hook's files is checked by `scripts/check_mp4dump_hook.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from tests.mp4.boxes import box, u32, u64
from tests.paths import ROOT

STARTUP = ROOT / "startup"
PACKAGES = sysconfig.get_path("purelib")
FTYP = box(b"ftyp", b"isom", u32(0), b"isom")
# As a console script calls it, with the hook imported as the .pth file has it.
SCRIPT = "{hook}; import sys; sys.argv[0] = 'mp4dump'; from pymp4.cli import dump; sys.exit(dump())"
HOOK = (STARTUP / "pymp4_nnr_mp4dump.pth").read_text().strip()


def python(
    code: str, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    # -S: the hook is installed here as well, and must not be there before the test has it.
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(STARTUP), str(ROOT), PACKAGES)),
            "PYTHONIOENCODING": "utf-8",
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def mp4dump(*arguments: str | Path, hook: str = HOOK, **environment: str):
    return python(SCRIPT.format(hook=hook), *arguments, **environment)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.mp4"
    path.write_bytes(FTYP + box(b"mdat", b"abc"))
    return path


def test_ours_answers(file: Path):
    done = mp4dump(file)
    assert done.returncode == 0
    assert "data = 3 bytes at offset 28, not read" in done.stdout
    assert done.stderr == ""


def test_without_the_hook_and_switched_off_it_is_stock(file: Path):
    stock = mp4dump(file, hook="pass")
    assert "data = b'abc' (total 3)" in stock.stdout
    off = mp4dump(file, PYMP4_NNR_MP4DUMP="0")
    assert (off.returncode, off.stdout) == (stock.returncode, stock.stdout)
    assert "not read" in mp4dump(file, PYMP4_NNR_MP4DUMP="1").stdout


def test_the_hook_imports_nothing_and_touches_no_library():
    code = (
        "import sys; before = set(sys.modules); import _pymp4_nnr_mp4dump;"
        "print(*sorted(set(sys.modules) - before));"
        "import pymp4.parser, pymp4.util; print('pymp4_nnr' in sys.modules);"
        "import pymp4.cli; print('pymp4_nnr' in sys.modules, pymp4.cli.dump.__module__)"
    )
    done = python(code)
    assert done.stdout.splitlines() == [
        "_pymp4_nnr_mp4dump",
        "False",
        "False _pymp4_nnr_mp4dump",
    ], done.stderr


def test_the_module_stays_what_it_was_otherwise():
    code = (
        "import _pymp4_nnr_mp4dump, importlib, inspect, sys, pymp4.cli as cli;"
        "print(cli.__file__.endswith('cli.py'), 'argparse' in inspect.getsource(cli));"
        "importlib.reload(cli); print(cli.dump.__module__);"
        "importlib.reload(_pymp4_nnr_mp4dump)"
    )
    done = python(code)
    assert done.stdout.split() == ["True", "True", "_pymp4_nnr_mp4dump"], done.stderr


def test_faults_are_one_line(tmp_path: Path, file: Path):
    missing = mp4dump(tmp_path / "none.mp4")
    assert missing.returncode == 1
    assert missing.stderr == f"mp4dump: {tmp_path / 'none.mp4'}: No such file or directory\n"
    assert mp4dump(tmp_path).returncode == 1
    file.write_bytes(FTYP + box(b"moov", bytes(20))[:-1])
    broken = mp4dump(file)
    assert broken.returncode == 1
    assert "type = b'ftyp'" in broken.stdout
    (line,) = broken.stderr.splitlines()
    assert line.startswith(f"mp4dump: {file}: ")
    assert "byte offset 20" in line


def test_arguments_are_those_of_pymp4(file: Path):
    assert mp4dump().returncode == 2
    assert "FILE" in mp4dump().stderr
    helped = mp4dump("--help")
    assert helped.returncode == 0
    assert helped.stdout == mp4dump("--help", hook="pass").stdout


def test_standard_input(file: Path):
    command = [sys.executable, "-c", SCRIPT.format(hook=HOOK), "-"]
    path = os.pathsep.join((str(STARTUP), str(ROOT), PACKAGES))
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path},
        input=file.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert b"not read" in done.stdout


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path):
    path = tmp_path / "long.mp4"
    rows = 20000
    path.write_bytes(box(b"moov", box(b"stts", u32(0, rows), u32(1, 1) * rows)))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(hook=HOOK), "--full", path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(STARTUP), str(ROOT), PACKAGES))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141  # what shells give for SIGPIPE


def test_long_tables_are_cut_unless_full(tmp_path: Path):
    path = tmp_path / "long.mp4"
    rows = [*range(1, 101)]
    stss = box(b"stss", u32(0, len(rows)), u32(*rows))
    short = box(b"stss", u32(0, 64), u32(*rows[:64]))
    path.write_bytes(box(b"moov", stss, short))
    lines = [line.strip() for line in mp4dump(path).stdout.splitlines()]
    told = [line for line in lines if "sample_number" in line or "more" in line]
    assert told == [
        *(f"sample_number = {number}" for number in rows[:8]),
        "... 91 more of 100 (--full shows them)",
        "sample_number = 100",
        *(f"sample_number = {number}" for number in rows[:64]),
    ]
    full = mp4dump("--full", path).stdout
    assert full.count("sample_number") == 164
    assert "more" not in full


def test_many_fragments_are_cut_unless_full(tmp_path: Path):
    path = tmp_path / "fragments.mp4"
    fragment = box(b"moof", box(b"mfhd", u32(0, 7))) + box(b"mdat", b"abc")
    path.write_bytes(FTYP + fragment * 100 + box(b"mfra"))
    done = mp4dump(path)
    assert done.stdout.count("type = b'moof'") == 3
    assert done.stdout.count("type = b'mdat'") == 3
    assert "... 97 more moof, 97 more mdat (mp4dump --full shows them)\n" in done.stdout
    assert done.stdout.count("type = b'mfra'") == 1
    assert mp4dump("--full", path).stdout.count("type = b'moof'") == 100


def test_names_that_the_terminal_cannot_show(tmp_path: Path):
    path = tmp_path / "name.mp4"
    hdlr = box(b"hdlr", u32(0, 0), b"meta", bytes(12), "名\0".encode())
    path.write_bytes(box(b"moov", hdlr))
    done = mp4dump(path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "name = \\u540d" in done.stdout
    assert "name = 名" in mp4dump(path).stdout


def test_two_gigabytes(tmp_path: Path):
    path = tmp_path / "large.mp4"
    size = 2 << 30
    with path.open("wb") as file:
        file.write(FTYP + box(b"moov") + u32(1) + b"mdat" + u64(size + 16))
        file.truncate(len(FTYP) + 8 + 16 + size)
    # Not getrusage: its maximum begins with the memory of the process that started this one.
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("no /proc to read the peak of memory from")
    measured = (
        f"import atexit; atexit.register(lambda: print(open({str(status)!r}).read()"
        ".partition('VmHWM:')[2].split()[0]))"
    )
    start = time.perf_counter()
    done = mp4dump(path, hook=f"{measured}; {HOOK}")
    seconds = time.perf_counter() - start
    *_, kilobytes = done.stdout.split()
    assert f"{size} bytes at offset" in done.stdout
    assert int(kilobytes) < 100_000
    assert seconds < 10  # 0.2 s on an idle machine; a busy one is no fault
