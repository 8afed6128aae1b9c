"""Harnesses that feed the package with bytes nobody made: with atheris, or from a seed.

    python -m fuzz NAME --seconds 60     # atheris, the extra `fuzz`; `make fuzz` runs all
    python -m fuzz.slice SEED COUNT      # without it: the same inputs for the same seed

Each module in `fuzz/harnesses` has a function `run`, which takes any bytes, and a KIND of corpus.
It may raise what the package may raise (`NNRError`, `OSError`, for pymp4's `Box` also
`ConstructError`). Anything else is a finding: another exception, or a promise that is not kept.
"""

from pathlib import Path

FOUND = Path(__file__).parent / "found"
"""Where atheris puts the inputs that it found, and those that failed."""
