"""`encode`: compress tensors by the NNC codec, into a bitstream or an MP4 file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotEncodableError
from ..io.output import TargetLike, check_target, write_pieces
from ..io.progress import Progress
from .codec_process import CodecProcess, need
from .mux import mux

if TYPE_CHECKING:
    import numpy as np

BITSTREAM_SUFFIXES = (".nnr", ".nnc")

LARGEST = 2.0**60
"""The coarsest step still divides it into less than 2**31 steps; the codec makes more of it 0."""


@dataclass(frozen=True)
class EncoderOptions:
    """Options of the encoder, with its own default values.

    Attributes:
        qp: quantization parameter of tensors with two dimensions or more. The step
            size is about ``2 ** (qp / 2**qp_density)``: lower is finer.
        nonweight_qp: of tensors with one dimension (biases and such).
        tensor_qp: of single tensors, by name.
        qp_density: how finely `qp` is divided, 0 to 7.
        dq: dependent (trellis-coded) quantization.
        opt_qp: change `qp` for each tensor by its size and spread.
        lambda_scale: weight of the rate in the choice of quantized values; 0 is none.
        codebook_mode: 0 quantizes uniformly; 1 and 2 with codebooks.
        scan_order: 0 to 4: rows, or blocks of 8, 16, 32, 64 rows and columns, with entry points.
        row_skipping: spend one bit on a row of zeros.
    """

    qp: int = -38
    nonweight_qp: int = -75
    tensor_qp: Mapping[str, int] = field(default_factory=dict)
    qp_density: int = 2
    dq: bool = True
    opt_qp: bool = False
    lambda_scale: float = 0.0
    codebook_mode: int = 0
    scan_order: int = 0
    row_skipping: bool = False


def encode(
    tensors: Mapping[str, np.ndarray],
    target: TargetLike,
    options: EncoderOptions | None = None,
    *,
    bitstream: bool | None = None,
    overwrite: bool = True,
    sync: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> int:
    """Compress tensors into an MP4 file or an NNR bitstream; needs the extra ``codec``.

    Compression loses precision, as much as `options` say; integers are kept exactly. The codec
    knows only float32 and int32, so float16 and float64 become float32, other integers int32,
    and a tensor without dimensions gets one, of size 1.

    Args:
        tensors: by name.
        target: the file to write, which appears only when it is complete; or a binary file object.
        options: of the encoder.
        bitstream: write a bitstream instead of an MP4 file; by default, where the name of
            the target ends in ``.nnr`` or ``.nnc``.
        overwrite: whether a target that exists may be replaced.
        sync: return only when the file, and its name, are on the disk: for a power cut.
        timeout: seconds that the codec may take; by default 60, and one more for each 16 KiB of
            bitstreams and tensors.
        progress: called with the number of bytes of tensors encoded since the last call.

    Returns:
        Size of the file in bytes.

    Raises:
        CodecMissingError: the extra is not installed.
        CodecTimeError: it takes longer than `timeout`.
        CodecError: the codec cannot encode a tensor, or an option is impossible.
        OutputError: the target exists and may not be replaced.
        OSError: writing fails.
    """
    need("numpy", "nncodec")
    check_target(target, overwrite=overwrite)
    if bitstream is None:
        bitstream = isinstance(target, (str, os.PathLike)) and (
            Path(target).suffix.lower() in BITSTREAM_SUFFIXES
        )
    prepared = {name: prepared_tensor(name, tensor) for name, tensor in tensors.items()}
    if not prepared:
        raise NotEncodableError("there is no tensor to encode")
    settings = _settings(options or EncoderOptions(), prepared)
    with CodecProcess(timeout) as codec:
        data = codec.encode(prepared, settings, progress)
    if bitstream:
        return write_pieces([data], target, overwrite=overwrite, sync=sync)
    return mux(data, target, overwrite=overwrite, sync=sync)


def _settings(options: EncoderOptions, tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Options by the names that the codec has for them."""
    ranges = {"qp_density": (0, 7), "codebook_mode": (0, 2), "scan_order": (0, 4)}
    for name, (least, most) in ranges.items():
        if not least <= getattr(options, name) <= most:
            raise NotEncodableError(
                f"{name} is {getattr(options, name)}, not from {least} to {most}"
            )
    half = 1 << (5 + options.qp_density)
    for name, qp in (
        ("qp", options.qp),
        ("nonweight_qp", options.nonweight_qp),
        *options.tensor_qp.items(),
    ):
        if not -half <= qp < half:
            raise NotEncodableError(
                f"{name}: a quantization parameter of {qp}, not from {-half} to {half - 1}"
            )
    for name in options.tensor_qp:
        if name not in tensors:
            raise NotEncodableError(
                f"a quantization parameter is given for {name!r}, but no tensor has this name"
            )
    settings = asdict(options)
    settings["use_dq"] = settings.pop("dq")
    settings["qp_per_tensor"] = dict(settings.pop("tensor_qp")) or None
    return settings


def prepared_tensor(name: str, tensor: np.ndarray) -> np.ndarray:
    """Convert a tensor to what the codec accepts: float32 or int32, with at least one dimension.

    Raises:
        CodecError: it cannot be converted, or the codec would encode it wrongly.
    """
    import numpy as np

    array = np.asarray(tensor)
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            result = array.astype(np.float32)
        if not (np.abs(result) <= LARGEST).all():
            raise NotEncodableError(f"{name}: a value is infinite, NaN, or larger than 2**60")
    elif array.dtype.kind in "iub":
        result = array.astype(np.int32)
        if not np.array_equal(result, array):
            raise NotEncodableError(f"{name}: an integer is too large for int32")
    else:
        raise NotEncodableError(f"{name}: the codec does not encode values of type {array.dtype}")
    if not array.size:
        raise NotEncodableError(f"{name}: the tensor has no element")
    if not name or "\0" in name:
        raise NotEncodableError(f"{name!r} cannot be the name of a tensor in a bitstream")
    if "_G" in name or "_H" in name:
        raise NotEncodableError(f"{name}: the codec uses _G and _H in names for decomposed tensors")
    return result.reshape(result.shape or (1,))
