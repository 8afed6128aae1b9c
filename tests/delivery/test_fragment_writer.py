"""`FragmentWriter`, and `mux - --fragment ... -o -`: streams whose end is not known."""

from __future__ import annotations

import contextlib
import gc
import io
import itertools
import os
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import FragmentWriter, errors, split
from pymp4_nnr.io import new_file
from pymp4_nnr.operations.fragment_writer import read_units
from tests.mp4.read import sample_data, top
from tests.nnr.streams import MIXED, NDUS, PARAMETERS, SIMPLE, START, TOPOLOGY, WHOLE, unit
from tests.round_trip import added, demuxed, removed


class WriteOnly:
    """A target that can do nothing but take bytes, a few at a time."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes, /) -> int:
        self.data += data[:100]
        return min(len(data), 100)


def written(units: list[bytes], fragment: int | str = 1) -> bytes:
    target = WriteOnly()
    with FragmentWriter(target, fragment=fragment) as writer:
        for one in units:
            writer.write(one)
    assert writer.written == len(target.data)
    return bytes(target.data)


@pytest.mark.parametrize("fragment", [1, 2, "1MiB"])
def test_every_order_of_units(fragment: int | str) -> None:
    units = [START, PARAMETERS, TOPOLOGY, NDUS[0], NDUS[1]]
    for order in itertools.permutations(units):
        made = written(list(order), fragment)
        assert demuxed(made) == b"".join(order)


def test_every_order_from_segments() -> None:
    """Each fragment in a file of its own, behind the initialization segment."""
    units = [START, PARAMETERS, TOPOLOGY, NDUS[0], NDUS[1]]
    for order in itertools.permutations(units):
        made = written(list(order))
        starts = [moof.start for moof in top(made, "moof")]
        cuts = itertools.pairwise([0, *starts, len(made)])
        assert demuxed([made[start:end] for start, end in cuts]) == b"".join(order)


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_real_streams(path: Path) -> None:
    source = path.read_bytes()
    units = [one.data for one in split(source)]
    for fragment in (1, 3, "500B"):
        made = written(units, fragment)
        assert demuxed(made) == source
    with FragmentWriter(target := io.BytesIO()) as writer:
        for one in split(source):
            writer.write(one)
    assert demuxed(target.getvalue()) == source


def test_what_is_written_can_be_read_at_once() -> None:
    target = io.BytesIO()
    units = [START, NDUS[0], TOPOLOGY, PARAMETERS, NDUS[1], NDUS[2], TOPOLOGY, NDUS[3], START]
    with FragmentWriter(target) as writer:
        for count, one in enumerate(units, 1):
            writer.write(one)
            if one in NDUS:
                assert demuxed(target.getvalue()) == b"".join(units[:count])
    assert demuxed(target.getvalue()) == b"".join(units)


def test_flush() -> None:
    target = io.BytesIO()
    writer = FragmentWriter(target, fragment=100)
    writer.write(START)
    writer.flush()
    assert not target.getvalue(), "configuration that comes early belongs into moov"
    writer.write(NDUS[0])
    writer.flush()
    assert demuxed(target.getvalue()) == START + NDUS[0]
    writer.write(TOPOLOGY)
    writer.flush()
    assert demuxed(target.getvalue()) == START + NDUS[0]
    writer.close()
    assert demuxed(target.getvalue()) == START + NDUS[0] + TOPOLOGY
    assert not target.closed
    with pytest.raises(ValueError, match="closed"):
        writer.write(START)
    writer.close()


def test_groups_are_there_for_every_sample() -> None:
    """MP4Box forgets samples that belong to no group when it joins fragments."""
    made = written([START, NDUS[0], NDUS[1], TOPOLOGY, NDUS[2], TOPOLOGY], 2)
    rows = []
    for moof in top(made, "moof"):
        sbgp = moof["traf/sbgp"]
        assert sbgp.body[4:8] == b"nnru"
        rows.append([sbgp.u32(12 + 8 * i, 2) for i in range(sbgp.u32(8)[0])])
    assert rows == [[(2, 0x10001)], [(1, 0x10002), (1, 0x10003)]]
    assert sample_data(made)[1] == [*NDUS[:3], TOPOLOGY], "units at the end are a sample"


def test_edited_afterwards() -> None:
    made = written([START, NDUS[0], TOPOLOGY, NDUS[1], PARAMETERS])
    both = added(made, SIMPLE)
    assert demuxed(both, 1) == START + NDUS[0] + TOPOLOGY + NDUS[1] + PARAMETERS
    assert demuxed(both, 2) == SIMPLE
    assert demuxed(removed(both, 2)) == demuxed(made)
    assert demuxed(removed(both, 1)) == SIMPLE


@pytest.mark.parametrize(
    ("units", "kind"),
    [
        ([], errors.EmptyBitstreamError),
        ([b""], errors.BitstreamError),
        ([b"\0"], errors.BitstreamError),
        ([START, NDUS[0][:-1]], errors.TruncatedUnitError),
        ([START, NDUS[0] + b"\0"], errors.TruncatedUnitError),
        ([START + NDUS[0]], errors.TruncatedUnitError),
    ],
)
def test_faults(units: list[bytes], kind: type[Exception]) -> None:
    target = io.BytesIO()
    with pytest.raises(kind), FragmentWriter(target) as writer:
        for one in units:
            writer.write(one)
    assert not target.getvalue()


def test_paths(tmp_path: Path) -> None:
    target = tmp_path / "stream.mp4"
    with FragmentWriter(target, growing=True) as writer:
        writer.write(NDUS[0])
        assert demuxed(target) == NDUS[0]
        writer.flush()
        assert demuxed(target) == NDUS[0]
    for growing in (False, True):
        with pytest.raises(errors.OutputError, match="exists"):
            FragmentWriter(target, overwrite=False, growing=growing)
    with pytest.raises(RuntimeError), FragmentWriter(target, growing=True) as writer:
        writer.write(NDUS[1])
        writer.write(START)
        raise RuntimeError
    assert demuxed(target) == NDUS[1], "what was written before stays"
    for wrong in (0, 1 << 32):
        with pytest.raises(errors.LimitError):
            FragmentWriter(tmp_path / "none", timescale=wrong)
    assert not (tmp_path / "none").exists()


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "stream.mp4"
    target.write_bytes(b"old")
    target.chmod(0o640)
    with FragmentWriter(target) as writer:
        for ndu in NDUS:
            writer.write(ndu)
        writer.flush()
        assert target.read_bytes() == b"old"
        (part,) = set(tmp_path.iterdir()) - {target}
        assert demuxed(part) == b"".join(NDUS), "it is complete but for its name"
    assert demuxed(target) == b"".join(NDUS)
    assert target.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_writer_that_fails_leaves_the_old_file(old: bytes | None, tmp_path: Path) -> None:
    target = tmp_path / "stream.mp4"

    def check() -> None:
        assert list(tmp_path.iterdir()) == ([] if old is None else [target])
        assert old is None or target.read_bytes() == old

    if old is not None:
        target.write_bytes(old)
    with pytest.raises(RuntimeError), FragmentWriter(target) as writer:
        writer.write(NDUS[0])
        raise RuntimeError
    check()
    with pytest.raises(errors.EmptyBitstreamError), FragmentWriter(target):
        pass
    check()
    writer = FragmentWriter(target)
    writer.write(NDUS[0])
    del writer  # without being closed
    gc.collect()
    check()
    writer = FragmentWriter(target)
    with pytest.raises(errors.BitstreamError), writer:
        writer.write(NDUS[0][:-1])
    with pytest.raises(ValueError, match="closed"):
        writer.write(NDUS[0])
    writer.close()
    check()


class Refusing(io.RawIOBase):
    """A file that takes some bytes, and then no more for a while."""

    def __init__(self, room: int, refusal: int | None) -> None:
        super().__init__()
        self.room, self.refusal = room, refusal
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int | None:
        if not self.room:
            return self.refusal
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.data += taken
        return len(taken)


def test_a_growing_file_that_is_replaced_at_once_is_not_written_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that is at its path then is that of another process."""
    path, other = tmp_path / "model.mp4", tmp_path / "other"
    give = new_file._give_name

    def given(*named: Any, **more: Any) -> None:
        give(*named, **more)
        other.write_bytes(b"of another process")
        other.replace(path)

    monkeypatch.setattr(new_file, "_give_name", given)
    with FragmentWriter(path, growing=True) as writer:
        writer.write(NDUS[0])
    assert path.read_bytes() == b"of another process"


@pytest.mark.parametrize("refusal", [None, 0])
def test_a_file_that_takes_no_more_is_told_and_nothing_follows(refusal: int | None) -> None:
    """As a pipe that is set not to block; what came behind would stand behind a part."""
    file = Refusing(700, refusal)
    writer = FragmentWriter(file)
    writer.write(START)
    with pytest.raises(BlockingIOError):
        for _ in range(100):
            writer.write(NDUS[0])
    before, file.room = file.data, 1 << 20
    with pytest.raises(ValueError, match="closed"):
        writer.write(NDUS[0])
    writer.close()
    assert file.data == before and len(before) == 700


def test_a_target_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    target = tmp_path / "stream.mp4"
    writer = FragmentWriter(target, overwrite=False)
    writer.write(NDUS[0])
    target.write_bytes(b"another's")
    with pytest.raises(errors.OutputExistsError):
        writer.close()
    assert target.read_bytes() == b"another's"
    assert list(tmp_path.iterdir()) == [target]


def test_a_growing_file_replaces_an_old_one_empty(tmp_path: Path) -> None:
    """Neither its setuid bit nor what other names it has are touched."""
    target, other, link = tmp_path / "stream.mp4", tmp_path / "other", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o4600)
    other.hardlink_to(target)
    link.symlink_to(target)
    with FragmentWriter(link, growing=True) as writer:
        assert target.read_bytes() == b""
        writer.write(NDUS[0])
        assert demuxed(target) == NDUS[0]
    assert target.stat().st_mode & 0o7777 == 0o600
    assert other.read_bytes() == b"old"
    assert link.is_symlink()


@pytest.mark.parametrize("growing", [False, True])
def test_sync(growing: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def note(descriptor: int) -> None:
        synced.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    for sync in (False, True):
        with FragmentWriter(tmp_path / "stream.mp4", growing=growing, sync=sync) as writer:
            writer.write(NDUS[0])
        assert synced == ["file", "folder"] * sync


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_process_does_not_end_the_writer_of_its_parent(tmp_path: Path) -> None:
    target = tmp_path / "stream.mp4"
    with FragmentWriter(target) as writer:
        writer.write(NDUS[0])
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                writer.__exit__(RuntimeError, RuntimeError(), None)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        writer.write(NDUS[1])
    assert demuxed(target) == NDUS[0] + NDUS[1]
    assert list(tmp_path.iterdir()) == [target]


def test_standard_output_by_its_name(tmp_path: Path) -> None:
    """Written from its current position, as by everything else."""
    program = (
        "import sys; from pymp4_nnr import FragmentWriter; "
        "sys.stdout.write('before'); sys.stdout.flush(); "
        "writer = FragmentWriter('/dev/stdout'); "
        f"writer.write({NDUS[0]!r}); writer.close()"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True, timeout=60)
    found = (tmp_path / "out").read_bytes()
    assert found[:6] == b"before"
    assert demuxed(found[6:]) == NDUS[0]


def test_memory_does_not_grow() -> None:
    class Nowhere:
        def write(self, data: bytes, /) -> int:
            return len(data)

    ndu = unit(5, bytes(1000))
    tracemalloc.start()
    try:
        with FragmentWriter(Nowhere(), fragment=10) as writer:
            for number in range(5000):
                writer.write(ndu)
                if number % 100 == 0:
                    writer.write(TOPOLOGY)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert writer.written > 5_000_000
    assert peak < 1_000_000


# --- the command ------------------------------------------------------------------------------


def test_the_command_writes_each_fragment_at_once() -> None:
    """What has come out of the pipe holds each NDU before the next one is put in."""
    code = "from pymp4_nnr.cli import main; main()"
    command = [sys.executable, "-c", code, "mux", "-", "--fragment", "1", "-o", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        got = b""
        for ndu in NDUS:
            process.stdin.write((b"" if got else START) + ndu)
            process.stdin.flush()
            while ndu not in got:
                some = os.read(process.stdout.fileno(), 1 << 16)
                assert some
                got += some
        process.stdin.write(TOPOLOGY)
        process.stdin.close()
        got += process.stdout.read()
    assert process.returncode == 0
    assert demuxed(got) == START + b"".join(NDUS) + TOPOLOGY


def test_read_units() -> None:
    long = unit(5, b"x" * 50, long=True)
    assert list(read_units(io.BytesIO(MIXED + long))) == [one.data for one in split(MIXED + long)]
    for cut in (1, 3, 53):
        with pytest.raises(errors.BitstreamError):
            list(read_units(io.BytesIO((START + long)[: len(START) + cut])))
    assert list(read_units(io.BytesIO(b""))) == []
    with pytest.raises(errors.UnitSizeError):
        list(read_units(io.BytesIO(b"\0\0\0\0")))
