"""Check what lies in a wheel and an sdist: python scripts/check_package.py WHEEL SDIST

The sdist holds what the package is built from, and no data of tests. The description that an
index shows has no links that are relative, since they lead nowhere there.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

SDIST_BYTES = 600_000
ONLY_FOR_TESTS = ("tests", "fixtures", "experiments", "benchmarks", "scripts")
IN_SDIST = ("CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "SECURITY.md", "pyproject.toml")
IN_WHEEL = (
    "_pymp4_nnr_mp4dump.py",
    "pymp4_nnr/__main__.py",
    "pymp4_nnr/py.typed",
    "pymp4_nnr_mp4dump.pth",
)


def check(condition: bool, what: str) -> None:
    """Print a line, and exit with an error if the condition does not hold."""
    print(f"  {'ok' if condition else 'FAILED'}: {what}")
    if not condition:
        raise SystemExit(1)


def relative_links(description: str) -> list[str]:
    """Targets of links and pictures that are neither absolute nor in the same text."""
    without_code = re.sub(r"```.*?```", "", description, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", without_code)
    targets += re.findall(r"(?:src|href)=\"([^\"]+)\"", without_code)
    return [target for target in targets if not target.startswith(("https://", "#"))]


def check_wheel(path: Path) -> None:
    """The modules, the hook for mp4dump, and a description without relative links."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
        description = message_from_bytes(wheel.read(metadata)).get_payload()
    check(set(IN_WHEEL) <= set(names), f"{path.name} has {', '.join(IN_WHEEL)}")
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    expected = {"pymp4_nnr", "_pymp4_nnr_mp4dump.py", "pymp4_nnr_mp4dump.pth"}
    check(tops == expected, f"{path.name} has {', '.join(sorted(expected))} alone")
    check(len(str(description)) > 2000, "the description is there")
    check(relative_links(str(description)) == [], "the description has no relative link")


def check_sdist(path: Path) -> None:
    """Small, without data of tests."""
    with tarfile.open(path) as sdist:
        names = [name.partition("/")[2] for name in sdist.getnames()]
    check(set(IN_SDIST) <= set(names), f"{path.name} has {', '.join(IN_SDIST)}")
    folders = {name.partition("/")[0] for name in names}
    check(not folders & set(ONLY_FOR_TESTS), f"{path.name} has nothing that only tests need")
    size = path.stat().st_size
    check(size < SDIST_BYTES, f"{path.name}: {size:,} bytes, less than {SDIST_BYTES:,}")


def main() -> int:
    """Check each file by its kind."""
    for path in map(Path, sys.argv[1:]):
        (check_wheel if path.suffix == ".whl" else check_sdist)(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
