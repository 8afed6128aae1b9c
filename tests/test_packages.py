"""What goes with the packages: versions that agree, and files that are named and there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from typing import Any

import pymp4_nnr
from tests.paths import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pymp4_nnr", "mux"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Usage: pymp4-nnr mux")


def test_the_citation_has_the_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {pymp4_nnr.__version__}\n" in citation


def test_an_index_gets_no_relative_link() -> None:
    """As hatch-fancy-pypi-readme does it, in the order in which it does it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    hook = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    for substitution in hook["substitutions"]:
        text = re.sub(substitution["pattern"], substitution["replacement"], text)
    assert re.findall(r"\]\((?!https://|#)", text) == []


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https://|#)([^)#\s]+)", text)
    assert targets and not [target for target in targets if not (ROOT / target).exists()]


def test_the_quick_tests_are_there() -> None:
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    values = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    quick = [path.removeprefix("--ignore=") for path in ast.literal_eval(values["QUICK"])]
    assert len(quick) > 5 and not [path for path in quick if not (ROOT / path).exists()]
    classified = [
        line.rpartition(" ")[2]
        for line in PROJECT["project"]["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    ]
    assert list(ast.literal_eval(values["PYTHONS"])) == classified
