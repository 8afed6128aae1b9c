"""The layers: who imports whom, and that importing the package does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "pymp4_nnr"
LAYERS = ("io", "bitstream", "boxes", "movie", "edit", "operations", "cli")
"""Each may import itself and those before it."""

BESIDE = {"plugin": ("io", "bitstream", "boxes")}
"""Layers that no other may import, and what they may import."""

MODULES = sorted(PACKAGE.rglob("*.py"))

# What a layer may import of others than the standard library and the package.
OUTSIDE = {
    "": set(),
    "io": set(),
    "bitstream": {"bitstring"},
    "boxes": {"construct"},
    "plugin": {"construct", "pymp4"},
    "movie": set(),
    "edit": set(),
    "operations": set(),
    "cli": {"click", "rich"},
}

# Modules that work with an extra, and what they may import of it: where it is used, not before.
OPTIONAL = {
    "io/http_answer.py": {"aiohttp"},
    "io/http_file.py": {"aiohttp", "fsspec"},
    "io/remote_file.py": {"fsspec"},
    "io/remote_source.py": {"fsspec"},
    "operations/codec_process.py": {"numpy"},
    "operations/codec_worker.py": {"numpy", "nncodec"},
    "operations/decode.py": {"numpy"},
    "operations/encode.py": {"numpy"},
    "operations/report/page.py": {"jinja2", "markupsafe"},
    "operations/weights.py": {"numpy", "safetensors", "torch"},
}


# Modules beside the layers that belong to one.
PART_OF = {"__main__.py": "cli"}

IMPORTS = (ast.Import, ast.ImportFrom)


def tree(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module imports, also inside functions."""
    inside = path.relative_to(ROOT).with_suffix("").parts
    package = inside[:-1]  # of a module, and of the `__init__` of a package
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                yield node.lineno, f"{name}.{alias.name}"


def done_at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What of a module is executed when it is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from done_at_import(node)


def layer_of(name: str) -> str:
    """The layer that a full name of the package is in; '' for what belongs to none."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in (*LAYERS, *BESIDE) else ""


def wrong(path: Path) -> list[str]:
    """The imports of a module that its layer may not have."""
    own = layer_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    own = PART_OF.get(path.relative_to(PACKAGE).as_posix(), own)
    below = BESIDE[own] if own in BESIDE else LAYERS[: LAYERS.index(own)] if own else ()
    optional = OPTIONAL.get(path.relative_to(PACKAGE).as_posix(), set())
    early = {node.lineno for node in done_at_import(tree(path)) if isinstance(node, IMPORTS)}
    faults = []
    for line, name in imports(path):
        top = name.split(".")[0]
        if top == "pymp4_nnr":
            allowed = layer_of(name) in ("", own, *below)
        elif top in optional:
            allowed = line not in early
        else:
            allowed = top in sys.stdlib_module_names or top in OUTSIDE[own]
        if not allowed:
            faults.append(f"{path.relative_to(ROOT)}:{line}: {own or 'the package'}: {name}")
    return faults


def circles(imported: dict[str, set[str]]) -> list[str]:
    """The modules that import each other, directly or by way of others."""
    left = {name: set(names) for name, names in imported.items()}
    while free := [name for name, names in left.items() if not names & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports for types alone count too: they say what a reader must know first."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in MODULES
        if path not in LAZY
    }
    imported = {
        name: {
            module
            for _, full in imports(path)
            if (module := full if full in modules else full.rpartition(".")[0]) in modules
        }
        for name, path in modules.items()
    }
    assert circles(imported) == []
    assert sum(map(len, imported.values())) > len(modules)
    assert circles({"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set()}) == ["a", "b", "c"]


# What its purpose is: the package gives names of all layers, and only when they are used.
LAZY = {PACKAGE / "__init__.py"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_down(path: Path) -> None:
    if path in LAZY:
        return
    assert wrong(path) == []


def test_the_check_finds_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path / "pymp4_nnr")
    folder = tmp_path / "pymp4_nnr" / "bitstream" / "syntax"
    folder.mkdir(parents=True)
    path = folder / "module.py"
    good = ["import bitstring", "from ... import errors", "from ...errors import NNRError"]
    good += [
        "from ..unit import Unit",
        "from . import base",
        "import os.path",
        "from .. import enums",
    ]
    bad = ["import construct", "from pymp4.parser import Box", "from ...boxes import BOX"]
    bad += ["from ... import operations", "import pymp4_nnr.cli", "from pymp4_nnr import boxes"]
    bad += ["def f():\n    from ...movie.movie import Movie", "import click", "import numpy"]
    for line in good:
        path.write_text(line)
        assert wrong(path) == [], line
    for line in bad:
        path.write_text(line)
        assert len(wrong(path)) == 1, line


def test_an_extra_is_imported_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path / "pymp4_nnr")
    folder = tmp_path / "pymp4_nnr" / "operations"
    folder.mkdir(parents=True)
    path = folder / "encode.py"
    for line in ("def f():\n    import numpy", "if TYPE_CHECKING:\n    import numpy as np"):
        path.write_text(line)
        assert wrong(path) == [], line
    for line in ("import numpy", "class C:\n    import numpy", "def f():\n    import torch"):
        path.write_text(line)
        assert len(wrong(path)) == 1, line
    other = folder / "mux.py"
    other.write_text("def f():\n    import numpy")
    assert len(wrong(other)) == 1


def test_modules_of_extras_are_there() -> None:
    assert set(OPTIONAL) <= {path.relative_to(PACKAGE).as_posix() for path in MODULES}


def test_all_layers_are_looked_at() -> None:
    found = {path.relative_to(PACKAGE).parts[0] for path in MODULES}
    assert {*LAYERS, *BESIDE} <= found
    assert found <= {
        *LAYERS,
        *BESIDE,
        "__init__.py",
        "__main__.py",
        "errors.py",
        "escape.py",
        "nnr_error.py",
    }


def python(code: str) -> str:
    """What a program prints, in an interpreter that has imported nothing else."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-S",
            "-c",
            f"import sys\nsys.path[:0] = {sys.path!r}\n{code}",
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CODEC = ("numpy", "nncodec", "safetensors", "torch")
FOREIGN = ("pymp4", "construct", "bitstring", "rich", "click", *CODEC)


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import pymp4_nnr", set()),
        ("from pymp4_nnr import NNRError, errors", set()),
        ("import pymp4_nnr; dir(pymp4_nnr); pymp4_nnr.__version__", set()),
        ("from pymp4_nnr import split, Unit", {"bitstring"}),
        ("from pymp4_nnr.cli import main", {"click"}),
        ("from pymp4_nnr import encode, decode", {"bitstring", "construct"}),
        ("from pymp4_nnr.cli import encode, decode", {"click"}),
    ],
)
def test_importing_is_light(statement: str, allowed: set[str]) -> None:
    """What the codec needs cannot be imported: construct takes NumPy where it is there."""
    hidden = f"sys.modules.update(dict.fromkeys({CODEC}))"
    shown = "print(*{name.split('.')[0] for name, module in sys.modules.items() if module})"
    loaded = python(f"{hidden}\n{statement}\n{shown}").split()
    assert set(loaded) & set(FOREIGN) <= allowed


def test_the_program_loads_nothing_for_its_help() -> None:
    code = """
from pymp4_nnr.cli import main
try:
    main(["mux", "--help"])
except SystemExit:
    pass
print("loaded:", *sys.modules)
"""
    loaded = python(code).rpartition("loaded:")[2].split()
    assert not {"pymp4", "construct", "bitstring", "rich"} & {name.split(".")[0] for name in loaded}


def test_the_program_works_without_pymp4(tmp_path: Path) -> None:
    code = f"""
from pymp4_nnr.cli import main
stream, muxed = {str(ROOT / "fixtures/nnr/plain.nnr")!r}, {str(tmp_path / "a.mp4")!r}
for arguments in (
    ["mux", stream, "-o", muxed],
    ["mux", stream, "--into", muxed, "-o", {str(tmp_path / "b.mp4")!r}],
    ["demux", muxed, "-o", {str(tmp_path / "a.nnr")!r}],
    ["verify", muxed, "--against", stream],
    ["info", muxed],
    ["dump", muxed],
):
    try:
        main(arguments)
    except SystemExit as end:
        assert not end.code, (arguments, end.code)
print("loaded:", *sys.modules)
"""
    loaded = python(code).rpartition("loaded:")[2].split()
    assert "construct" in loaded
    assert not {name for name in loaded if name.split(".")[0] == "pymp4"}


STATE = """
import construct, construct.core, pymp4.parser as parser

def state():
    seen, found = set(), []
    def look(thing):
        if id(thing) in seen:
            return
        seen.add(id(thing))
        if isinstance(thing, construct.Construct):
            fields = dict(getattr(thing, "__dict__", {}))
            for kind in type(thing).__mro__:
                for slot in getattr(kind, "__slots__", ()):
                    if hasattr(thing, slot):
                        fields[slot] = getattr(thing, slot)
            found.append((id(thing), id(type(thing)), type(thing).__name__, sorted(fields)))
            for value in fields.values():
                look(value)
        elif isinstance(thing, dict):
            found.append((id(thing), *((str(key), id(value)) for key, value in thing.items())))
            for value in thing.values():
                look(value)
        elif isinstance(thing, (list, tuple)):
            found.append((id(thing), *map(id, thing)))
            for value in thing:
                look(value)
    for name in sorted(vars(parser)):
        look(getattr(parser, name))
    import collections
    return found, sorted(vars(construct.core)), hasattr(collections, "Sequence"), \\
        construct.core.collections is collections
"""


def test_importing_registers_nothing() -> None:
    code = f"""{STATE}
before = state()
import pymp4_nnr, pymp4_nnr.boxes, pymp4_nnr.operations, pymp4_nnr.cli
import io
mp4 = io.BytesIO()
pymp4_nnr.mux({b"".join([bytes([0, 4, 2, 1]), bytes([0, 4, 22, 1])])!r}, mp4)
pymp4_nnr.demux(mp4.getvalue(), io.BytesIO())
print(state() == before)
pymp4_nnr.register()
print(state() == before)
pymp4_nnr.unregister()
print(state() == before)
"""
    assert python(code).split() == ["True", "False", "True"]


def test_every_public_name_is_there() -> None:
    code = """
import pymp4_nnr
for name in pymp4_nnr.__all__:
    getattr(pymp4_nnr, name)
from pymp4_nnr import *
try:
    pymp4_nnr.no_such_name
except AttributeError as error:
    print("no_such_name" in str(error))
"""
    assert python(code).split() == ["True"]


def test_modules_hold_no_tests_of_the_outside_world() -> None:
    """No module reads the environment, opens a file or starts a thread when it is imported."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
    ]
    code = f"""
import importlib, importlib.util, threading
opened = []
sys.addaudithook(lambda event, arguments: opened.append(arguments[0]) if event == "open" else None)
for name in {names!r}:
    importlib.import_module(name)
print([name for name in opened if not str(name).endswith((".py", ".pyc", ".so", ".zip"))
       and "site-packages" not in str(name) and ".pyc." not in str(name)])
print(threading.active_count())
"""
    assert python(code).splitlines() == ["[]", "1"]
