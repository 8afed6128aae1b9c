"""Compare what this package reads in MP4 files with what other programs read, field by field.

    python scripts/compare_with_peers.py [FOLDER or FILE ...]

The programs are MP4Box (`-diso`), Bento4's mp4dump, mp4box.js and ffprobe, as far as they are
found; see `peers/programs.py`. Every field that a program prints is looked for among ours, by its
name or by `peers/names.toml`, and the values are compared. A difference must be explained in
`peers/differences.toml`; the exit code is 1 if one is not.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers import ours, programs
from peers.explained import Explanations, Names
from peers.ours import Both, shown
from peers.values import Fields, printable, same

from pymp4_nnr.errors import NNRError

PROJECT = Path(__file__).resolve().parent.parent
NOT_MEDIA = frozenset((".py", ".json", ".md", ".mp4ff", ".txt", ".xml", ".mpd", ""))


@dataclass(frozen=True)
class Difference:
    """One field on which a program and this package differ.

    Attributes:
        peer, file, type, field: whose, where; `field` is the program's name of it.
        text: both values.
    """

    peer: str
    file: str
    type: str
    field: str
    text: str


class Tally:
    """What was compared, by program and type of box."""

    def __init__(self) -> None:
        self.files: Counter[str] = Counter()
        self.boxes: Counter[tuple[str, str]] = Counter()
        self.values: Counter[tuple[str, str]] = Counter()
        self.explained: Counter[tuple[str, str]] = Counter()
        self.unexplained: dict[tuple[str, str], list[Difference]] = defaultdict(list)
        self.refused: list[tuple[str, str, str]] = []


def compare(
    paths: Iterable[Path],
    readers: dict[str, programs.Reader],
    names: Names,
    explanations: Explanations,
) -> Tally:
    """Compare files; returns what was compared and what differs."""
    tally = Tally()
    for path in paths:
        try:
            own = {box.path: box for box in ours.read(path)}
        except NNRError as error:
            tally.refused.append(("this package", path.name, str(error)))
            continue
        own.update({printable(path): box for path, box in own.items()})
        for peer, reader in readers.items():
            try:
                theirs = list(reader(path))
            except programs.PeerError as error:
                tally.refused.append((peer, path.name, str(error)))
                continue
            tally.files[peer] += 1
            for box in theirs:
                key = (peer, box.type)
                tally.boxes[key] += 1
                for count, difference in _differences(peer, path.name, box, own, names):
                    tally.values[key] += count
                    if difference is None:
                        continue
                    if explanations.explain(difference):
                        tally.explained[key] += 1
                    else:
                        tally.unexplained[key].append(difference)
    return tally


def _differences(
    peer: str, file: str, box: Fields, own: dict[str, Fields], names: Names
) -> Iterator[tuple[int, Difference | None]]:
    """For each field of a program's box the number of values compared, and what differs.

    A field that ours lacks, or that has another number of values, counts as one.
    """
    if box.path not in own:
        yield 1, Difference(peer, file, box.type, "", f"{box.path} is not among our boxes")
        return
    for name, values in box.values.items():
        found = names.values(peer, box, name, own)
        if found is None:
            first = ", ".join(map(str, values[:3]))
            yield 1, Difference(peer, file, box.type, name, f"no such field ({first})")
            continue
        if len(found) != len(values):
            text = f"{len(values)} values, ours has {len(found)}: {_short(values)}, {_short(found)}"
            yield 1, Difference(peer, file, box.type, name, text)
            continue
        wrong = [(a, b) for a, b in zip(found, values, strict=True) if not _equal(a, b)]
        text = f"{wrong[0][1]!r:.60}, ours {shown(wrong[0][0])!r:.60}" if wrong else ""
        yield len(values), Difference(peer, file, box.type, name, text) if wrong else None


def _equal(mine: Any, theirs: Any) -> bool:
    if isinstance(mine, Both):
        return same(mine.shown, theirs) or same(mine.stored, theirs)
    return same(mine, theirs)


def _short(values: list[Any]) -> str:
    return "[" + ", ".join(f"{shown(value)!r:.20}" for value in values[:3]) + " ...]"


def media_files(arguments: list[str]) -> list[Path]:
    """The files named, and those in the folders named; by default the fixtures."""
    places = [Path(name) for name in arguments] or [PROJECT / "fixtures" / "mp4"]
    return [
        path
        for place in places
        for path in (sorted(place.iterdir()) if place.is_dir() else [place])
        if path.is_file() and path.suffix.lower() not in NOT_MEDIA
    ]


def report(tally: Tally, explanations: Explanations, *, every_type: bool) -> None:
    """Print the figures: by program, by type of box, and each difference that nobody explains."""
    row = "{:<10} {:>6} {:>7} {:>9} {:>10} {:>12}"
    print(row.format("program", "files", "boxes", "values", "explained", "unexplained"))
    for peer in tally.files:
        keys = [key for key in tally.boxes if key[0] == peer]
        print(
            row.format(
                peer,
                tally.files[peer],
                sum(tally.boxes[key] for key in keys),
                sum(tally.values[key] for key in keys),
                sum(tally.explained[key] for key in keys),
                sum(len(tally.unexplained[key]) for key in keys),
            )
        )
    if every_type:
        print()
        print(
            "{:<10} {:<6} {:>7} {:>9} {:>10}".format(
                "program", "type", "boxes", "values", "explained"
            )
        )
        for key in sorted(tally.boxes):
            counts = (tally.boxes[key], tally.values[key], tally.explained[key])
            print("{:<10} {:<6} {:>7} {:>9} {:>10}".format(*key, *counts))
    if tally.refused:
        print("\nfiles that a program gives up:")
        for peer, file, reason in tally.refused:
            print(f"  {peer}: {file}: {reason}")
    for key in sorted(tally.unexplained):
        grouped = Counter((item.field, item.text) for item in tally.unexplained[key])
        for (name, text), count in grouped.most_common(12):
            example = next(
                item.file
                for item in tally.unexplained[key]
                if (item.field, item.text) == (name, text)
            )
            print(f"UNEXPLAINED {key[0]} {key[1]} {name}: {text} ({count}, {example})")
    for unused in explanations.unused(tally.files):
        print(f"explains nothing here: {unused}")


def main() -> int:
    """Returns the exit code: 1 if a difference is not explained, 2 without any program."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("places", nargs="*", help="files and folders (default: fixtures/mp4)")
    parser.add_argument("--peer", action="append", help="only this program (may be repeated)")
    parser.add_argument("--types", action="store_true", help="print the figures by type of box too")
    arguments = parser.parse_args()
    readers = programs.found()
    if arguments.peer:
        readers = {name: reader for name, reader in readers.items() if name in arguments.peer}
    if not readers:
        print("no program to compare with is found", file=sys.stderr)
        return 2
    explanations = Explanations()
    tally = compare(media_files(arguments.places), readers, Names(), explanations)
    report(tally, explanations, every_type=arguments.types)
    return 1 if any(tally.unexplained.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
