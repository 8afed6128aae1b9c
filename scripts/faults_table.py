"""What every broken file gives: in fixtures/broken/manifest.json, and as docs/faults.md.

    python -m scripts.faults_table            runs every operation on every file, writes both
    python -m scripts.faults_table --check    exit code 1 where the document is not of the manifest

Look at the difference before it is committed: what is written is what tests will ask for.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.document_table import DOCS, with_table
from scripts.make_broken import FOLDER, MANIFEST
from tests.every_operation import Error, run_all
from tests.paths import FIXTURES

FILE = DOCS / "faults.md"
HEAD = (
    "| file | what is wrong | class, `code` | command | line |\n| --- | --- | --- | --- | --- |\n"
)

MP4_COMMANDS = (
    "demux FILE",
    "mux good.nnr --into FILE",
    "remove FILE",
    "append FILE good.nnr",
    "info FILE",
    "info --tensors FILE",
    "dump FILE",
    "mp4dump FILE",
    "check --json FILE",
    "extract FILE --sample 1 --decodable",
)
"""The commands whose line is listed: the first that ends with an error."""

NNR_COMMANDS = ("mux FILE", "info --units FILE", "info --tensors FILE", "check --json FILE")

NO_FAULT = ("track-not-found", "track-not-chosen", "media-header", "nnr-unit-syntax", "not-mp4")
"""What files give that are made by hand, broken or not: they are without a network or have
several, have plain media headers, and their units have no real content."""


def listed() -> list[dict[str, Any]]:
    """The files of the manifest, those of other folders too; their names lead from the folder."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return [*manifest["files"], *manifest["elsewhere"]]


def elsewhere() -> list[dict[str, Any]]:
    """The broken files of the other folders, as the manifests there have them."""
    found = []
    for folder in ("mp4", "nnr"):
        manifest = json.loads((FIXTURES / folder / "manifest.json").read_text(encoding="utf-8"))
        for entry in manifest["files"] if isinstance(manifest, dict) else manifest:
            if entry["name"].startswith("broken/"):
                found.append({"name": f"../{folder}/{entry['name']}", "shows": entry["shows"]})
    return sorted(found, key=lambda entry: str(entry["name"]))


def gives(ended: Mapping[str, Iterable[Error]]) -> list[dict[str, str]]:
    """The errors of a file, each with the operations that end with it."""
    found: dict[tuple[str, str], list[str]] = {}
    for operation, errors in ended.items():
        for kind, code, _ in errors:
            found.setdefault((kind, code), []).append(operation)
    return [
        {"class": kind, "code": code, "in": "; ".join(operations)}
        for (kind, code), operations in found.items()
    ]


def natural(name: str, ended: Mapping[str, list[Error]]) -> dict[str, str] | None:
    """The error that shows the fault best, and the line of a command; None if there is none."""
    is_mp4 = not name.endswith(".nnr")
    commands = MP4_COMMANDS if is_mp4 else NNR_COMMANDS
    tried = [(one, *error) for one in commands for error in ended.get(one, [])]
    tried.sort(key=lambda found: found[2] in NO_FAULT)  # stable: the first command otherwise
    for command, kind, code, line in tried:
        if code in NO_FAULT and (code != "not-mp4" or command != "demux FILE") and is_mp4:
            continue
        return {
            "class": kind,
            "code": code,
            "command": command.replace("FILE", Path(name).name).replace(" --json", ""),
            "line": line,
        }
    return None


def measured(entries: list[dict[str, Any]]) -> None:
    """Run every operation on the files, and put into their entries how it ends."""
    paths = [FOLDER / entry["name"] for entry in entries]
    ended = run_all(paths)
    for entry, path in zip(entries, paths, strict=True):
        here = ended[str(path)]
        entry["error"] = natural(entry["name"], here)
        entry["gives"] = gives(here)


def table() -> str:
    """The rows, one for each file."""
    rows = []
    for entry in listed():
        error = entry["error"]
        name = Path(entry["name"])
        file = name.name if len(name.parts) == 1 else f"{name.parts[1]}/{name.name}"
        if error is None:
            rows.append(f"| `{file}` | {entry['shows']} | none | | |\n")
            continue
        line = error["line"].replace("|", "\\|").replace("`", "'")
        rule = "rule" if error["class"] == "Finding" else f"`{error['class']}`,"
        rows.append(
            f"| `{file}` | {entry['shows']} | {rule} `{error['code']}` "
            f"| `{error['command']}` | `{line}` |\n"
        )
    return HEAD + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write what every broken file gives.")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = FILE.read_text(encoding="utf-8")
    if options.check:
        return int(with_table(text, table()) != text)
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    manifest["elsewhere"] = elsewhere()
    measured([*manifest["files"], *manifest["elsewhere"]])
    MANIFEST.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    FILE.write_text(with_table(text, table()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
