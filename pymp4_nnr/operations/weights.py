"""Files of weights: safetensors, and state dicts of PyTorch."""

from __future__ import annotations

import io
import mmap
import os
import pickle
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import WeightsFileError
from ..io.output import TargetLike, write_pieces
from ..io.source import file_path
from .codec_process import need
from .pickle_work import check_pickle
from .zip_directory import check_directory, check_method

if TYPE_CHECKING:
    import numpy as np

PYTORCH_SUFFIXES = (".pt", ".pth")
SAFETENSORS_SUFFIX = ".safetensors"

MOST_TIMES = 16
"""How many times the bytes of its file the tensors of a state dict may have: some share theirs."""

_ZIP = b"PK\x03\x04"
"""What a state dict begins with if it is a zip file."""

_PICKLES = 5
"""In a state dict as PyTorch wrote it before 1.6, in front of the data."""

_BROKEN = (
    *(ValueError, NotImplementedError, RuntimeError, EOFError),
    *(zlib.error, zipfile.BadZipFile, OverflowError),
)
"""What reading a zip file, or a pickle, ends in."""

_REFERENCE = 8
"""Bytes of an object in another one."""

FREE = 64 << 20
"""Bytes that they may have whatever the size of the file."""

# safetensors' names of types, and NumPy's.
_TYPES = {
    "BOOL": "?",
    "U8": "<u1",
    "I8": "<i1",
    "U16": "<u2",
    "I16": "<i2",
    "U32": "<u4",
    "I32": "<i4",
    "U64": "<u8",
    "I64": "<i8",
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
}


def read_weights(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the tensors of a file of weights; needs the extra ``codec``.

    Args:
        path: a file of safetensors, or a state dict that PyTorch has saved (``.pt``, ``.pth``; it
            is read with ``weights_only=True``, so nothing in it is executed). A training
            checkpoint that has its state dict under ``state_dict`` or ``model`` is one as well.

    Returns:
        The tensors by name, in the order of the file (safetensors: of their data), with their own
        types; bfloat16, which NumPy does not have, as float32.

    Raises:
        CodecMissingError: safetensors or PyTorch, whichever reads the file, is not installed.
        FileFormatError: the file is not one of these, holds a type that NumPy does not have, or
            tensors with many more bytes than it has itself.
        OSError: it cannot be read.
    """
    if file_path(path).suffix.lower() in PYTORCH_SUFFIXES:
        return _read_pytorch(path)
    return _read_safetensors(path)


def write_weights(
    tensors: dict[str, np.ndarray],
    target: TargetLike,
    *,
    overwrite: bool = True,
    sync: bool = False,
) -> int:
    """Write tensors as safetensors; needs the extra ``codec``.

    Returns:
        Number of bytes written.

    Raises:
        CodecMissingError: safetensors is not installed.
        OutputError: the target exists and may not be replaced.
        OSError: writing fails.
    """
    need("numpy", "safetensors")
    from safetensors.numpy import save

    return write_pieces([save(tensors)], target, overwrite=overwrite, sync=sync)


def _read_safetensors(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    need("numpy", "safetensors")
    import numpy as np
    from safetensors import SafetensorError, deserialize

    data = Path(path).read_bytes()
    try:
        described = deserialize(data)
    except SafetensorError as error:
        raise WeightsFileError(
            f"{os.fspath(path)} is not a file of safetensors: {error}"
        ) from error
    tensors = {}
    for name, tensor in described:
        kind, values = tensor["dtype"], tensor["data"]
        if kind == "BF16":  # the upper half of a float32
            array = (np.frombuffer(values, "<u2").astype("<u4") << 16).view("<f4")
        elif kind in _TYPES:
            array = np.frombuffer(values, _TYPES[kind])
        else:
            raise WeightsFileError(f"{os.fspath(path)}: {name}: values of type {kind}")
        try:
            tensors[name] = array.reshape(tensor["shape"])
        except ValueError as error:  # more dimensions than NumPy has, or larger ones
            raise WeightsFileError(f"{os.fspath(path)}: {name}: {error}") from error
    return tensors


def _read_pytorch(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    need("numpy", "torch")
    import torch

    name = os.fspath(path)
    most = MOST_TIMES * Path(path).stat().st_size + FREE
    _check_pickles(path, most)
    try:
        with warnings.catch_warnings(action="ignore"):
            state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsFileError(f"{name} is not a state dict, or holds more than weights") from error
    except OSError:
        raise
    except Exception as error:  # bytes that it does not understand end in errors of all kinds
        reason = str(error).strip().partition("\n")[0]
        raise WeightsFileError(
            f"{name} is not a state dict: {reason or type(error).__name__}"
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(state, dict) and isinstance(state.get(key), dict):
            state = state[key]
    if not isinstance(state, dict):
        raise WeightsFileError(f"{name} is not a state dict, but a {type(state).__name__}")
    tensors: dict[str, Any] = {}
    for key, tensor in state.items():
        if str(key) in tensors:
            raise WeightsFileError(f"{name}: two tensors are called {key}")
        if not isinstance(tensor, torch.Tensor):
            raise WeightsFileError(f"{name}: {key} is not a tensor, but a {type(tensor).__name__}")
        most -= tensor.numel() * tensor.element_size()
        if most < 0:  # values that tensors share, or one has many times, are in the file once
            raise WeightsFileError(
                f"{name}: the tensors have more than {MOST_TIMES} times the bytes of the file"
            )
        try:
            tensor = tensor.detach()
            tensor = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
            tensors[str(key)] = tensor.numpy()
        except (RuntimeError, TypeError) as error:  # sparse, quantized, float8, without values
            reason = str(error).partition(". ")[0]
            raise WeightsFileError(f"{name}: {key}: {reason}") from error
    return tensors


def _check_pickles(path: str | os.PathLike[str], most: int) -> None:
    """Check that what PyTorch unpickles takes no more memory than its bytes explain.

    PyTorch allocates what a length says before it looks for the bytes, makes a ``bytearray`` of any
    size that a number says, and copies, or hashes, what a pickle has once as often as it says.

    Args:
        path: of the file.
        most: bytes that what is in a zip file may have, and what objects refer to.
    """
    name = os.fspath(path)
    try:
        with (
            Path(path).open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            if data[: len(_ZIP)] != _ZIP:  # as PyTorch tells them apart
                for _ in range(_PICKLES):
                    check_pickle(data, most // _REFERENCE)
                return
            check_directory(data)
            with zipfile.ZipFile(file) as entries:
                if sum(entry.file_size for entry in entries.infolist()) > most:
                    raise WeightsFileError(
                        f"{name} is a zip file of {MOST_TIMES} times its bytes or more"
                    )
                for entry in entries.infolist():
                    if entry.filename.lower().endswith(".pkl"):  # PyTorch takes either case
                        check_method(entry)
                        check_pickle(io.BytesIO(entries.read(entry)), most // _REFERENCE)
    except _BROKEN as error:
        raise WeightsFileError(f"{name} is not a state dict: {error}") from error
