"""The NNC codec in a process of its own: the side that starts the process and sends requests.

The codec's native part does not check array bounds when it decodes. In a process of its own, a
crafted bitstream can neither read the caller's memory nor crash the caller, and the memory of that
process can be limited. The process can still access files and the network: for untrusted
bitstreams, run the whole program in a sandbox.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, Self, TypeAlias

from ..errors import (
    ArgumentRangeError,
    CodecError,
    CodecFailedError,
    CodecMissingError,
    CodecTimeError,
)
from .codec_worker import read_exactly, send, tensor_message

if TYPE_CHECKING:
    import numpy as np

    Tensors: TypeAlias = dict[str, np.ndarray]

_PROGRAM = """
import sys
sys.path[:] = {path!r}
from pymp4_nnr.operations.codec_worker import serve
serve()
"""

SECONDS = 60
"""That the codec may take, unless the caller says otherwise, to start and for what is small."""

BYTES_A_SECOND = 1 << 14
"""Of bitstreams and tensors: for so many it may take a second more."""

_LONGEST_LINE = 1 << 26
"""Bytes of a message: names and shapes of a million tensors."""

_INSTALL = (
    "install it with: pip install 'pymp4-nnr[codec]' (docs/weights.md says how without GPU builds)"
)

DTYPES = ("float32", "float64", "int32")
"""What the codec gives: codebooks come as float64."""


def need(*modules: str) -> None:
    """Check that modules of the extra ``codec`` are installed, without importing them.

    Raises:
        CodecMissingError: one is not.
    """
    for name in modules:
        if importlib.util.find_spec(name) is None:
            raise CodecMissingError(f"this needs {name}, which is not installed; {_INSTALL}")


class CodecProcess:
    """A process with the codec, for as long as the context lasts.

    Args:
        timeout: seconds that the codec may take in all; by default as many as `SECONDS` and
            `BYTES_A_SECOND` give.

    Raises:
        ArgumentRangeError: the timeout is not above 0.
        CodecMissingError: the codec is not installed, or cannot be imported.
        CodecTimeError: that takes too long.
        OSError: no process can be started.
    """

    def __init__(self, timeout: float | None = None) -> None:
        if timeout is not None and not 0 < timeout <= threading.TIMEOUT_MAX:
            raise ArgumentRangeError(f"timeout {timeout} is not a number of seconds above 0")
        need("numpy", "nncodec")
        self._grows = timeout is None
        self._allowed: float = SECONDS if timeout is None else timeout
        self._used = 0.0
        self._is_late = False
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        environment = dict(os.environ)
        environment.pop("PYTHONOPTIMIZE", None)  # the codec checks what it reads by assertions
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
        )
        try:
            with self._in_time(0):
                answer = self._answer()
            if "missing" in answer:
                raise CodecMissingError(
                    f"the NNC codec cannot be imported: {answer['missing']}; {_INSTALL}"
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                with contextlib.suppress(OSError):  # what was not written yet
                    stream.close()
        self._process.wait()

    def limit(self, size: int) -> None:
        """Limit the memory of the process to what tensors of `size` bytes need, where it can be.

        Raises:
            CodecError: the process has ended.
        """
        with self._in_time(0):
            self._ask({"command": "limit", "size": size})
            self._answer()

    def decode(self, bitstreams: Sequence[bytes], most: int) -> Tensors:
        """Decode bitstreams, each in the context of those before it.

        Args:
            bitstreams: each begins with an NNR_STR.
            most: bytes that the tensors of the last can have, by its headers; the codebooks of
                the codec are doubles, so twice that is accepted.

        Returns:
            The tensors of the last, by name.

        Raises:
            CodecError: the codec cannot decode them, has crashed, or takes too long.
        """
        with self._in_time(sum(map(len, bitstreams)) + most):
            self._ask({"command": "decode", "sizes": list(map(len, bitstreams))}, *bitstreams)
            return self._tensors(self._answer(), most)

    def _tensors(self, answer: dict[str, Any], most: int) -> Tensors:
        """The tensors of an answer, which have at most so many bytes."""
        import numpy as np

        # The process has read untrusted bytes: its answer is not trusted.
        tensors = {}
        try:
            for described in answer["tensors"]:
                name, dtype, shape = described["name"], described["dtype"], described["shape"]
                elements = math.prod(shape)
                if dtype not in DTYPES or elements < 0 or elements * 4 > most:
                    raise ValueError
                little = np.dtype(dtype).newbyteorder("<")
                data = read_exactly(self._output, elements * little.itemsize)
                array = np.frombuffer(data, little).astype(dtype).reshape(shape)
                tensors[str(name)] = array
                most -= elements * 4
        except EOFError:
            raise self._ended() from None
        except (KeyError, TypeError, ValueError, OverflowError):
            raise CodecFailedError(
                "the codec gave other tensors than the headers announce"
            ) from None
        return tensors

    def encode(
        self,
        tensors: Mapping[str, np.ndarray],
        options: Mapping[str, Any],
        progress: Callable[[int], None] | None = None,
    ) -> bytes:
        """Compress tensors.

        Args:
            tensors: of float32 or int32.
            options: of the codec's function `compress`.
            progress: called with the number of bytes of tensors done since the last call.

        Returns:
            The bitstream.

        Raises:
            CodecError: the codec cannot encode them, has crashed, or takes too long.
        """
        message, blobs = tensor_message(dict(tensors))
        with self._in_time(sum(blob.nbytes for blob in blobs)):
            self._ask({"command": "encode", "options": dict(options)} | message, *blobs)
            while "done" in (answer := self._answer()):
                if progress is not None:
                    progress(answer["done"])
            try:
                return read_exactly(self._output, answer["size"])
            except EOFError:
                raise self._ended() from None

    @contextlib.contextmanager
    def _in_time(self, size: int) -> Iterator[None]:
        """End the process if it takes longer than it may, for so many bytes more."""
        if self._grows:
            self._allowed += size / BYTES_A_SECOND
        started = time.monotonic()
        left = min(self._allowed - self._used, threading.TIMEOUT_MAX)
        timer = threading.Timer(left, self._stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._used += time.monotonic() - started

    def _stop(self) -> None:
        self._is_late = True
        self._process.kill()

    @property
    def _output(self) -> Any:
        assert self._process.stdout is not None
        return self._process.stdout

    def _ask(self, message: dict[str, Any], *blobs: bytes | memoryview) -> None:
        assert self._process.stdin is not None
        try:
            send(self._process.stdin, message, *blobs)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise self._ended() from None

    def _answer(self) -> dict[str, Any]:
        line = self._output.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self._ended()
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise CodecFailedError("the process of the codec sent an invalid answer")
        if "error" in answer:
            raise CodecFailedError(f"the codec says {str(answer['error'])[:500]}")
        return answer

    def _ended(self) -> CodecError:
        """What became of a process that does not answer."""
        with contextlib.suppress(OSError):
            self._output.close()
        status = self._process.wait()
        if self._is_late:
            return CodecTimeError(
                f"the codec takes more than {self._allowed:g} seconds; timeout (--timeout) "
                "raises that"
            )
        if status < 0:
            with contextlib.suppress(ValueError):
                return CodecFailedError(f"the codec crashed ({signal.Signals(-status).name})")
            return CodecFailedError(f"the codec crashed (signal {-status})")
        self._log.seek(0)
        last = self._log.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        return CodecFailedError(f"the codec's process ended: {last or f'exit code {status}'}")
