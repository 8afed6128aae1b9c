"""`--help` and `--version`."""

from __future__ import annotations

import click
import pytest

import pymp4_nnr
from pymp4_nnr.cli import main
from tests.cli.command import call


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
