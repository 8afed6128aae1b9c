"""A small command line around the NNC codec (ISO/IEC 15938-17), for fixtures and experiments.

Runs in the environment that install.sh makes:

    .venv-nnc/bin/python scripts/nnc/codec.py decode FILE.nnr [FILE.nnr ...] OUT.npz
    .venv-nnc/bin/python scripts/nnc/codec.py hls FILE.nnr OUT.json
    .venv-nnc/bin/python scripts/nnc/codec.py sums FILE.nnr [FILE.nnr ...]
    .venv-nnc/bin/python scripts/nnc/codec.py version

Several files are successive incremental rounds of one model, oldest first: each is decoded with
the rounds before it as context, and every tensor's key begins with its round (`0/`, `1/`, ...).
What a round decodes to is that round's difference, as the codec gives it; nothing is added up.
"""

import argparse
import contextlib
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch


def declare_torchvision_operators() -> None:
    """Declare the operators that torchvision's compiled part would register.

    The codec imports torchvision, whose compiled part fits only torch builds with CUDA. Importing
    torchvision fails where an operator it registers a fake for is unknown; nothing ever calls them.
    """
    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for name in ("roi_align", "ps_roi_align", "roi_pool", "ps_roi_pool", "deform_conv2d"):
        library.define(f"{name}(Tensor input) -> Tensor")
        library.define(f"_{name}_backward(Tensor input) -> Tensor")
    # The declarations live as long as the library object does.
    declare_torchvision_operators.library = library  # type: ignore[attr-defined]


declare_torchvision_operators()

with contextlib.redirect_stdout(sys.stderr):  # what the codec says on import is not our output
    from nncodec import nnc
    from nncodec.nnc_core import hls

STR, MPS, NDU = hls.NnrUnitType.NNR_STR, hls.NnrUnitType.NNR_MPS, hls.NnrUnitType.NNR_NDU


def codec_version() -> str:
    """The codec and what its output depends on."""
    return f"nncodec {metadata.version('nncodec')}"


def new_base() -> dict[str, Any]:
    """What the codec remembers of earlier rounds, before the first."""
    return {"parameters": {}, "put_node_depth": {}, "device_id": 0, "parameter_id": {}}


def encode(tensors: dict[str, np.ndarray], **options: Any) -> bytes:
    """Compress `tensors`; `options` are those of the codec's `compress`."""
    with contextlib.redirect_stdout(io.StringIO()):
        stream = nnc.compress(tensors, bitstream_path=None, return_bitstream=True, **options)
    return bytes(stream)


def decode(rounds: list[bytes]) -> list[dict[str, np.ndarray]]:
    """Decode successive rounds of one model, or one bitstream: its tensors by name, per round."""
    if len(rounds) == 1:
        return [nnc.decompress(bytearray(rounds[0]))]
    base = new_base()
    return [
        nnc.decompress(bytearray(data), approx_param_base=base, update_base_param=True)
        for data in rounds
    ]


def tensor_sha256(tensor: np.ndarray) -> str:
    """SHA-256 of a tensor's type, shape and little-endian values."""
    array = np.ascontiguousarray(tensor)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    head = f"{array.dtype.name} {'x'.join(map(str, array.shape))}\n".encode()
    return hashlib.sha256(head + little.tobytes()).hexdigest()


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif isinstance(value, np.generic):
        value = value.item()
    return [plain(item) for item in value] if isinstance(value, list) else value


def read_units(data: bytes) -> Iterator[dict[str, Any]]:
    """Every unit of a bitstream, as the codec's own parser reads it.

    The codec wants to be told what earlier units said; those elements appear among a unit's own,
    after `nnr_unit_type`. A unit that the parser cannot finish carries `incomplete`, with the
    reason, and the elements read until then.
    """
    context = {
        "general_profile_idc": 0,
        "mps_topology_indexed_reference_flag": 0,
        "mps_parent_signalling_enabled_flag": 0,
    }
    offset = 0
    while offset < len(data):
        elements: dict[str, Any] = {}
        reader = hls.BitReader(bytearray(data[offset:]))
        reason = None
        try:
            steps = hls.decode_nnr_unit_size_and_header(reader, elements)
            next(steps)  # up to nnr_unit_type
            unit_type = elements["nnr_unit_type"]
            if unit_type == MPS:
                elements["general_profile_idc"] = context["general_profile_idc"]
            elif unit_type == NDU:
                elements.update(context)
                next(steps)  # up to where the dimensions must be known
                if "count_tensor_dimensions" not in elements:
                    raise NotImplementedError("tensor dimensions are not in the bitstream")
            next(steps)
            hls.decode_nnr_unit_payload(reader, elements)
        except Exception as error:  # the codec raises whatever its Python does
            reason = f"{type(error).__name__}: {error}"
        elements.pop("raw_float32_parameter", None)  # data, not syntax
        size = elements["nnr_unit_size"]
        unit = {"offset": offset, "size": size}
        unit.update((name, plain(value)) for name, value in elements.items())
        if reason is not None:
            unit["incomplete"] = reason
        yield unit

        if unit["nnr_unit_type"] == STR:
            context["general_profile_idc"] = unit["general_profile_idc"]
        elif unit["nnr_unit_type"] == MPS:
            context.update((name, unit.get(name, 0)) for name in context if name.startswith("mps_"))
        if size == 0:
            raise SystemExit(f"unit at {offset}: size 0")
        offset += size


def hls_json(data: bytes) -> str:
    """Every syntax element of a bitstream, as JSON text."""
    return json.dumps(list(read_units(data)), indent=0)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Decode or list NNR bitstreams.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("decode", help="decode a bitstream, or successive rounds, to npz")
    command.add_argument("files", nargs="+", type=Path)
    command.add_argument("out", type=Path)
    command = commands.add_parser("sums", help="print the SHA-256 of every decoded tensor")
    command.add_argument("files", nargs="+", type=Path)
    command = commands.add_parser("hls", help="every syntax element, as the codec reads it")
    command.add_argument("file", type=Path)
    command.add_argument("out", type=Path)
    commands.add_parser("version", help="print the codec's version")
    options = parser.parse_args(arguments)

    if options.command == "version":
        print(codec_version())
    elif options.command == "hls":
        options.out.write_text(hls_json(options.file.read_bytes()))
    else:
        rounds = decode([path.read_bytes() for path in options.files])
        tensors = {
            name if len(rounds) == 1 else f"{number}/{name}": tensor
            for number, decoded in enumerate(rounds)
            for name, tensor in decoded.items()
        }
        if options.command == "decode":
            np.savez(options.out, **tensors)
        else:
            for name, tensor in tensors.items():
                print(tensor_sha256(tensor), name)


if __name__ == "__main__":
    main()
