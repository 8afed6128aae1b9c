"""The NNC codec in a process of its own: the side that runs in that process.

`codec_process` starts it and sends it requests. Requests and answers are a line of JSON and, after
it, as many bytes as the line says; nothing is unpickled on either side.

The codec's core needs NumPy alone. What it imports besides, PyTorch and more, serves whole models
of certain frameworks, none of which are handled here; so a stand-in takes the place of its
package ``nncodec.framework``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np

_HEADROOM = 512 << 20
"""Bytes that a decoding process may use beyond what its tensors take."""

_COPIES = 6
"""How many bytes the codec uses at most for a byte of tensors: integers, floats, copies of both."""


def read_exactly(stream: BinaryIO, size: int) -> bytes:
    """Return the next `size` bytes of a pipe.

    Raises:
        EOFError: the other side has ended.
    """
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def send(stream: BinaryIO, message: dict[str, Any], *blobs: bytes | memoryview) -> None:
    """Write a message and the bytes that belong to it."""
    stream.write(json.dumps(message).encode() + b"\n")
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def tensor_message(tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], list[memoryview]]:
    """Tensors as a message and the bytes of their values, little-endian."""
    import numpy as np

    described: list[dict[str, Any]] = []
    blobs = []
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor, dtype=tensor.dtype.newbyteorder("<"))
        described.append({"name": name, "dtype": tensor.dtype.name, "shape": list(tensor.shape)})
        blobs.append(memoryview(array.reshape(-1).view(np.uint8)))
    return {"tensors": described}, blobs


def serve() -> None:
    """Answer requests on standard input until it ends."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the codec prints is no answer
    with contextlib.suppress(EOFError, BrokenPipeError):
        try:
            commands = _load()
        except ImportError as error:
            send(answers, {"missing": str(error)})
            return
        send(answers, {"ready": True})
        while line := requests.readline():
            request = json.loads(line)
            try:
                commands[request["command"]](request, requests, answers)
            except (EOFError, BrokenPipeError):
                raise
            except BaseException as error:  # the codec raises all kinds, SystemExit too
                text = " ".join(str(error).split())
                send(answers, {"error": f"{type(error).__name__}: {text}" if text else repr(error)})


def _load() -> dict[str, Callable[[dict[str, Any], BinaryIO, BinaryIO], None]]:
    """Import the codec, and the commands that it can answer."""
    framework: Any = types.ModuleType("nncodec.framework")
    framework.tensorflow_model = framework.pytorch_model = framework.use_case_init = None
    sys.modules["nncodec.framework"] = framework
    from nncodec.nnc import compression  # noqa: F401 - imported here so that it is missed here

    return {"limit": _limit, "decode": _decode, "encode": _encode}


def _limit(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    """Limit the memory of this process to what tensors of so many bytes need."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not every system has it
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no path of ours
            used = int(file.read().split()[0]) * resource.getpagesize()
        most = used + _HEADROOM + _COPIES * request["size"]
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    send(answers, {})


def _decode(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    """Decode bitstreams, each in the context of those before it; return the tensors of the last."""
    from nncodec.nnc import compression

    bitstreams = [bytearray(read_exactly(requests, size)) for size in request["sizes"]]
    # What the codec remembers of earlier updates; without any it needs no memory.
    memory: dict[str, Any] | None = None
    if len(bitstreams) > 1:
        memory = {"parameters": {}, "put_node_depth": {}, "device_id": 0, "parameter_id": {}}
    for data in bitstreams:
        tensors = compression.decompress(
            data, approx_param_base=memory, update_base_param=memory is not None
        )
    message, blobs = tensor_message(tensors)
    send(answers, message, *blobs)


def _encode(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    """Compress tensors, and report how many bytes of them are done."""
    import numpy as np
    from nncodec.nnc import compression

    tensors = {}
    for described in request["tensors"]:
        dtype, shape = np.dtype(described["dtype"]), described["shape"]
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        # A copy: the codec's native part writes into what it is given, where that is contiguous.
        array = np.frombuffer(read_exactly(requests, size), dtype.newbyteorder("<"))
        tensors[described["name"]] = array.astype(dtype).reshape(shape)
    with _told(answers):
        bitstream = compression.compress(
            tensors, bitstream_path=None, return_bitstream=True, **request["options"]
        )
    send(answers, {"size": len(bitstream)}, bytes(bitstream))


@contextlib.contextmanager
def _told(answers: BinaryIO) -> Iterator[None]:
    """Make the codec report each tensor that it has encoded."""
    from nncodec.nnc_core.coder import baseline

    encode = baseline.encode

    def encode_and_tell(encoder: Any, approx_data: Any, base: Any, name: str, *rest: Any) -> None:
        encode(encoder, approx_data, base, name, *rest)
        send(answers, {"done": int(approx_data["parameters"][name].nbytes)})

    baseline.encode = encode_and_tell
    try:
        yield
    finally:
        baseline.encode = encode
