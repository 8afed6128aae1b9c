"""Where things lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The repository."""

FIXTURES = ROOT / "fixtures"

SHARED = ROOT.parent / "shared"
"""More files, beside the repository, for those who have them."""
