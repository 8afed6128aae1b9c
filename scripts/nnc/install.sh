#!/bin/sh
# Install the NNC codec (nncodec, ISO/IEC 15938-17 edition 2) in .venv-nnc at the repository's root.
#
# The codec makes and checks fixtures, runs the experiment, and serves `encode` and `decode`; the
# rest of the package never needs it.
# Needs Python 3.11 and a C++ compiler. PYTHON=... chooses the interpreter.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.venv-nnc"

"${PYTHON:-python3.11}" -m venv "$venv"
pip="$venv/bin/python -m pip --disable-pip-version-check install --quiet"

# torch goes first and pinned: a range would fetch the newest build with gigabytes of CUDA packages.
$pip torch==2.13.0
$pip -r "$root/scripts/nnc/requirements.txt"
# torchvision has no build for torch without CUDA: --no-deps keeps it from replacing torch, and
# codec.py declares the operators that its compiled part would have brought.
$pip --no-deps torchvision==0.28.0
# The codec ships as source. --no-build-isolation: its build finds the pybind11 installed above.
$pip --no-deps --no-build-isolation nncodec==2.1.3
# The package itself, from here, and what else its extra `codec` needs. `remote` is for tests.
$pip --editable "$root[remote]" safetensors

"$venv/bin/python" "$root/scripts/nnc/codec.py" version
