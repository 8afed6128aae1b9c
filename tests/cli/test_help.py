"""`--help` and `--version`."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

import pymp4_nnr
from pymp4_nnr import mux
from pymp4_nnr.cli import main
from tests.cli.command import call, execute
from tests.nnr.streams import FOLDER
from tests.nnr.tensors import EDITION_2, LENET, named_ndu


def test_version() -> None:
    result = call("--version")
    assert result.exit_code == 0
    assert result.stdout == f"pymp4-nnr {pymp4_nnr.__version__}\n"


def commands() -> list[str]:
    with click.Context(main) as context:
        return list(main.list_commands(context))


def test_help_lists_every_command() -> None:
    for option in ("-h", "--help"):
        result = call(option)
        assert result.exit_code == 0
        for command in commands():
            assert f"  {command} " in result.stdout
    assert {"mux", "demux", "info", "dump", "verify", "remove"} <= set(commands())


@pytest.mark.parametrize("name", commands())
def test_help_says_something_of_every_option(name: str) -> None:
    result = call(name, "--help")
    assert result.exit_code == 0
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            for spelling in parameter.opts:
                assert spelling in result.stdout
        else:
            assert str(parameter.metavar or parameter.name).split()[0] in result.stdout


def texts_of(command: click.Command) -> list[str]:
    """What a command says of itself and of its options."""
    options = [param for param in command.params if isinstance(param, click.Option)]
    return [command.help or "", *(option.help or "" for option in options)]


@pytest.mark.parametrize("name", commands())
def test_help_is_whole_sentences_with_an_example(name: str) -> None:
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    about, *options = texts_of(command)
    assert about.split("\n\n")[0].endswith(".")
    assert f"  pymp4-nnr {name} " in about.partition("Example")[2]
    for text in options:
        assert text.endswith("."), text
        assert text[0].isupper() or text[0] in "'0123456789-", text
    lines = call(name, "--help").stdout.splitlines()
    assert not [line for line in lines[1:] if line.rstrip().endswith("...")]
    assert max(map(len, lines)) <= 80


def test_the_list_of_commands_is_not_cut() -> None:
    text = call("--help").stdout
    assert "..." not in text.replace("[ARGS]...", "")
    words = " ".join(text.split())
    with click.Context(main) as context:
        for name in commands():
            command = main.get_command(context, name)
            assert command is not None and command.help is not None
            first = " ".join(command.help.split("\n\n")[0].split()).partition(". ")[0]
            assert f"{name} {first.rstrip('.')}." in words


def test_version_has_a_letter() -> None:
    assert call("-V").stdout == call("--version").stdout


# --- completion


def completed(*words: str) -> list[str]:
    """What a shell offers for the last word."""
    *before, last = words
    found = ShellComplete(main, {}, "pymp4-nnr", "_PYMP4_NNR_COMPLETE")
    return [item.value for item in found.get_completions(list(before), last)]


def test_names_of_tensors_are_completed(tmp_path: Path) -> None:
    path = tmp_path / "two.mp4"
    mux([LENET, FOLDER / "block.nnr"], path)
    for command in ("extract", "decode"):
        assert completed(command, str(LENET), "--tensor", "fc1") == ["fc1.weight", "fc1.bias"]
        assert completed(command, str(path), "--tensor", "bn.w") == ["bn.weight"]
        assert completed(command, str(path), "--track", "1", "--tensor", "bn.w") == []
        assert completed(command, str(tmp_path / "none"), "--tensor", "") == []
        assert completed(command, "https://example.com/model.mp4", "--tensor", "") == []
        assert completed(command, "--tensor", "") == []
    assert completed("demux", str(path), "--track", "") == ["1", "2"]
    assert completed("info", str(path), "--track", "2") == ["2"]
    assert completed("inf") == ["info"]
    assert completed("verify", "--aga") == ["--against"]


def test_names_from_files_are_words_of_the_shell(tmp_path: Path) -> None:
    """A word that is completed stands in the command line as it is, and is run with it."""
    hostile = (
        "$(touch here)",
        "`id`",
        "a;id",
        "a|id",
        "a>b",
        "a&",
        "two words",
        "--force",
        "*",
        "~a",
    )
    path = tmp_path / "one.nnr"
    path.write_bytes(EDITION_2 + b"".join(named_ndu(name, b"1") for name in (*hostile, "a.1/b:c")))
    assert completed("extract", str(path), "--tensor", "") == ["a.1/b:c"]


def test_what_is_broken_completes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.nnr"
    path.write_bytes(EDITION_2 + named_ndu("a", b"1") + b"\0\1")
    for name in (str(path), str(tmp_path / "none"), str(tmp_path)):
        assert completed("extract", name, "--tensor", "") == []
        assert completed("extract", name, "--track", "") == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
def test_a_shell_that_completes_does_not_wait_for_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    words = f"pymp4-nnr extract {tmp_path / 'fifo'} --tensor "
    environment = {"_PYMP4_NNR_COMPLETE": "bash_complete", "COMP_CWORD": "4", "COMP_WORDS": words}
    code = "from pymp4_nnr.cli import main; main(prog_name='pymp4-nnr')"
    done = execute(code=code, **environment)
    assert (done.stdout.strip(), done.stderr) == (b"", b"")


def test_shells_complete() -> None:
    environment = {"_PYMP4_NNR_COMPLETE": "bash_complete", "COMP_CWORD": "4"}
    words = f"pymp4-nnr extract {LENET} --tensor conv2"
    code = "from pymp4_nnr.cli import main; main(prog_name='pymp4-nnr')"
    done = execute(code=code, COMP_WORDS=words, **environment)
    assert (done.stdout, done.stderr) == (b"plain,conv2.weight\nplain,conv2.bias\n", b"")
    for shell in ("bash", "zsh", "fish"):
        done = execute(code=code, _PYMP4_NNR_COMPLETE=f"{shell}_source")
        assert b"_PYMP4_NNR_COMPLETE" in done.stdout
