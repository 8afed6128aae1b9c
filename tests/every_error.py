"""Something that raises each class of error."""

from __future__ import annotations

import fcntl
import io
import os
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from pymp4_nnr import FragmentWriter, append, demux, errors, mux, split, stream
from pymp4_nnr.bitstream.codec import encode_unit
from pymp4_nnr.bitstream.context import Context
from pymp4_nnr.bitstream.tensor_index import TensorIndex
from pymp4_nnr.bitstream.tensor_table import Columns, TensorTable
from pymp4_nnr.boxes import BOX
from pymp4_nnr.boxes.node import parse_node
from pymp4_nnr.boxes.text import parse_box
from pymp4_nnr.cli import json_stream
from pymp4_nnr.edit import bitstream_index
from pymp4_nnr.edit.offset_map import OffsetMap
from pymp4_nnr.io import http_file
from pymp4_nnr.io.byte_source import BufferSource
from pymp4_nnr.io.ranges import read_exactly, read_pieces
from pymp4_nnr.io.source import open_source
from pymp4_nnr.movie.movie import Movie
from pymp4_nnr.movie.sample_table import SampleTable
from pymp4_nnr.movie.unit_groups import Description, UnitGroup, UnitsBefore
from pymp4_nnr.operations import codec_process, weights
from pymp4_nnr.operations.codec_process import CodecProcess, need
from pymp4_nnr.operations.decode import plan_decoding
from pymp4_nnr.operations.dump import boxes
from pymp4_nnr.operations.encode import EncoderOptions, _settings
from pymp4_nnr.operations.inspect import FileInfo
from pymp4_nnr.operations.report.page import report
from pymp4_nnr.operations.weights import read_weights
from pymp4_nnr.operations.written_tracks import check_tracks
from tests.movie.test_items import image
from tests.movie.test_repeats import file as repeated
from tests.movie.test_repeats import fragment
from tests.mp4.boxes import u32
from tests.mp4.forge import (
    STBL,
    Box,
    Change,
    forge,
    full_box,
    patched,
    read_boxes,
    replaced,
    write_boxes,
)
from tests.nnr.streams import MIXED, NDUS, SIMPLE, START
from tests.paths import FIXTURES, ROOT
from tests.remote.server import Handler, need_fsspec, web_server
from tests.round_trip import muxed, tensor_index


def units(stream: bytes) -> Callable[[], object]:
    return lambda: list(split(stream))


def host_without_box() -> None:
    """Registration into a pymp4 that is not as expected; in a process of its own."""
    code = """
import pymp4.parser, pymp4_nnr
box = pymp4.parser.Box
pymp4.parser.Box = object()
try:
    pymp4_nnr.register()
except pymp4_nnr.NNRError as error:
    print(type(error).__name__)
pymp4.parser.Box = box
pymp4_nnr.register()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=60, check=True
    )
    raise getattr(errors, done.stdout.decode().strip())("as the other process had it")


def lying_index() -> None:
    """The index in the file gives a tensor another name than the sample has."""
    movie = muxed(FIXTURES / "nnr" / "lenet5.nnr")
    (part,) = tensor_index(movie.replace(b"\0bias\0", b"\0Bias\0", 1)).tensors["conv1.Bias"]
    part.unit.read()


def sample_positions_decrease() -> None:
    units = full_box(b"nnrC", u32(2), START, u32(1), START, flags=1)
    demux(forge(MP4, replaced(f"{STBL}/stsd/nnr1/nnrC", units)), io.BytesIO())


def shortened_file() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.mp4"
        path.write_bytes(MP4)
        with Movie(path) as movie:
            pieces = list(movie.track().pieces())
            movie.source.drop_window()
            os.truncate(path, len(MP4) - 1)
            list(read_pieces(pieces))


def wrong_places() -> None:
    with open_source(MIXED) as source:
        check_tracks([[muxed(SIMPLE)]], [source])


def two_writers() -> None:
    """Appending while another process does."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        file.write(muxed(SIMPLE, appendable=True))
        file.flush()
        with Path(file.name).open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            append(file.name, SIMPLE)


def into_itself() -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(SIMPLE)
        file.flush()
        mux(file.name, file.name)


def without_overwriting() -> None:
    with tempfile.NamedTemporaryFile() as file:
        mux(SIMPLE, file.name, overwrite=False)


def wrong_weights() -> None:
    """Of safetensors; the module that reads them is a stand-in."""
    module = types.ModuleType("safetensors")
    module.SafetensorError = ValueError  # type: ignore[attr-defined]
    module.deserialize = bytes.decode  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("safetensors", "numpy"):
            patch.setitem(sys.modules, name, module)
        path = Path(folder) / "weights.safetensors"
        path.write_bytes(b"\xff")
        patch.setattr(weights, "need", lambda *_: None)
        read_weights(path)


def failing_codec() -> None:
    """The process sends what is no answer."""

    class Failing(CodecProcess):
        _output = io.BytesIO(b"[]\n")  # type: ignore[assignment]

        def __init__(self) -> None:
            pass

    Failing()._answer()


def late_codec() -> None:
    """The process does not answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec_process, "_PROGRAM", "import time; time.sleep(60)")
        patch.setattr(codec_process, "need", lambda *_: None)
        CodecProcess(timeout=0.1)


def many_grouped_units() -> None:
    """A description of 1 MiB for each of 1,000 samples would give a gigabyte."""
    large = (0x80000000 | 1 << 20).to_bytes(4) + bytes([1 << 2]) + bytes((1 << 20) - 5)
    groups = [UnitGroup(0, 1000, Description(0, 0, 0, large))]
    UnitsBefore(groups, 1 << 20)


def much_json() -> None:
    """Names that stand in the file once and in the document many times."""
    with pytest.MonkeyPatch.context() as patch, FileInfo(FIXTURES / "nnr" / "lenet5.nnr") as file:
        patch.setattr(json_stream, "LARGEST", -256 * file.size)
        json_stream.print_file(file, tensors=True)


def add(holder: Box, *boxes: Box) -> None:
    assert holder.children is not None
    holder.children += boxes


def item_outside() -> None:
    data = image()
    demux(data[: data.index(b"mdat") - 4], io.BytesIO(), item_id=1)


def same_track_ids() -> None:
    boxes = read_boxes(muxed([SIMPLE, SIMPLE]))
    traks = boxes[1].all("trak")
    traks[1]["tkhd"].body = traks[0]["tkhd"].body
    mux(SIMPLE, io.BytesIO(), into=write_boxes(boxes))


def lost_groups() -> None:
    """A program that knows no sample groups has rewritten a stream."""
    target = io.BytesIO()
    with FragmentWriter(target) as writer:
        for unit in split(MIXED):
            writer.write(unit)
    demux(target.getvalue().replace(b"sbgp", b"free"), io.BytesIO())


def sample_of_other_size() -> None:
    data = bytearray(MP4)
    data[-len(NDUS[3]) + 1] += 1
    with FileInfo(bytes(data)) as info:
        list(info.units(info.tracks[0]))


def configuration_as_sample() -> None:
    data = bytearray(MP4)
    data[-len(NDUS[3]) + 2] = 1 << 2
    with FileInfo(bytes(data)) as info:
        info.tensors(info.tracks[0])


def moov_last() -> bytes:
    """A file in which the media data comes before `moov`."""
    start, at = int.from_bytes(MP4[:4]), MP4.index(b"mdat") - 4
    return MP4[:start] + MP4[at:] + MP4[start:at]


def index_of_fewer() -> None:
    columns = Columns(1, 0, 0, b"", b"", b"", b"", b"")
    TensorTable(columns)


def forged(change: Change) -> Callable[[], object]:
    return lambda: demux(forge(MP4, change), io.BytesIO())


def too_much_configuration() -> None:
    """More than nnrC holds, with a limit that needs no 4 GiB to be passed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitstream_index, "MAX_CONFIGURATION_SIZE", 1000)
        mux(START * 300, io.BytesIO())


MP4 = muxed(SIMPLE)
TWO = muxed([SIMPLE, SIMPLE])
ENTRY = f"{STBL}/stsd/nnr1"


def answered(behave: Callable[[Handler], bool]) -> None:
    """A file on a server that behaves so is opened, and its end is read."""
    need_fsspec()
    with web_server() as web, pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_file, "PAUSE_SECONDS", 0.0)
        web.files["/model.nnr"] = bytes(200_000)
        web.behave = behave
        with open_source(web.url("/model.nnr")) as source:
            source.read(90_000, 10)
            source.read(90_000, source.size)


def changing(handler: Handler) -> bool:
    """Each answer has an ETag of its own."""
    handler.web.etags[handler.path] = f'"{len(handler.web.asked)}"'
    return False


def announcing_a_huge_box(handler: Handler) -> bool:
    """A file of 10^17 bytes."""
    handler.part(*(handler.wanted or (0, 0)), size=10**17)
    return True


def ignoring_range(handler: Handler) -> bool:
    """It is heeded in the first request alone."""
    return bool(handler.web.asked) and (handler.answer(200, handler.data) or True)


def report_without_jinja() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "jinja2", None)
        report(b"", io.BytesIO())


MET: dict[str, Callable[[], object]] = {
    "NotBitstreamError": lambda: mux(MP4, io.BytesIO()),
    "EmptyBitstreamError": units(b""),
    "UnitSizeError": units(START + bytes(3)),
    "TruncatedUnitError": units(SIMPLE[:-1]),
    "TrailingBytesError": units(SIMPLE + b"\x00"),
    "SyntaxElementError": lambda: encode_unit(
        {"header": {"nnr_unit_type": 0, "general_profile_idc": 256}}, Context()
    ),
    "TensorNotFoundError": lambda: TensorIndex().find(tensors=["none"]),
    "StoredIndexError": index_of_fewer,
    "HostError": host_without_box,
    "BoxParseError": lambda: parse_box(u32(8) + b"free\0", 0),
    "BoxHeaderError": lambda: BOX.parse(b"\0\0\0\7moov"),
    "TruncatedBoxError": lambda: BOX.parse(u32(16) + b"moov"),
    "BoxBuildError": lambda: BOX.build({"type": b"nnrC", "units": [b"no unit"]}),
    "SourceError": lambda: demux(io.StringIO(), io.BytesIO()),  # type: ignore[arg-type]
    "ShortenedError": shortened_file,
    "MissingBytesError": lambda: read_exactly(BufferSource(b"short"), 0, 6),
    "BoxNotFoundError": lambda: list(boxes(BufferSource(muxed(SIMPLE)), "moov/trak[1]")),
    "ArgumentError": lambda: mux(SIMPLE, io.BytesIO(), name=[1]),  # type: ignore[list-item]
    "TrackNamesError": lambda: mux([SIMPLE, SIMPLE], io.BytesIO(), name=["one"]),
    "NotStorableError": lambda: mux(SIMPLE, io.BytesIO(), name="a\0b"),
    "NotMP4Error": lambda: demux(SIMPLE, io.BytesIO()),
    "BrokenFileError": lambda: demux(MP4 + bytes(3), io.BytesIO()),
    "CutOffFileError": lambda: demux(MP4[:-1], io.BytesIO()),
    "SecondMovieError": lambda: demux(MP4 + MP4, io.BytesIO()),
    "NotEditableError": lambda: mux(
        SIMPLE, io.BytesIO(), into=forge(MP4, lambda moov: add(moov, Box(b"cmov")))
    ),
    "WeightsFileError": wrong_weights,
    "TrackIDError": same_track_ids,
    "TrackNotFoundError": lambda: demux(MP4, io.BytesIO(), track_id=7),
    "TrackNotChosenError": lambda: demux(TWO, io.BytesIO()),
    "ExternalDataError": forged(patched("trak/mdia/minf/dinf/dref/url ", 0, u32(0))),
    "ConfigurationError": sample_positions_decrease,
    "LostUnitsError": lost_groups,
    "UnclearRepetitionError": lambda: demux(
        repeated(fragment(0, [NDUS[0], NDUS[1], NDUS[1]], [1, 1, 9998])), io.BytesIO()
    ),
    "TensorIndexError": lying_index,
    "ServerUnavailableError": lambda: answered(lambda handler: handler.answer(503, b"") or True),
    "ServerAnswerError": lambda: answered(lambda handler: handler.answer(418, b"") or True),
    "RangeIgnoredError": lambda: answered(ignoring_range),
    "RemoteChangedError": lambda: answered(changing),
    "RemoteLimitError": lambda: answered(announcing_a_huge_box),
    "UrlError": lambda: open_source("wire://host/model.mp4"),
    "MissingBoxError": forged(replaced(f"{STBL}/stsz", None)),
    "BrokenBoxError": forged(patched(f"{STBL}/stco", 4, u32(0xFFFFFFFF))),
    "MissingFieldError": lambda: parse_node(u32(8) + b"free", 0, "free").integer("size"),
    "SampleOutsideFileError": forged(patched(f"{STBL}/stco", 8, u32(0xFFFFFFFF))),
    "SampleOverlapError": lambda: SampleTable(9, 5).add(0, [6], 1),
    "SampleCountError": forged(patched(f"{STBL}/stsz", 8, u32(3))),
    "ChunkOrderError": forged(patched(f"{STBL}/stsc", 8, u32(2))),
    "SampleDescriptionError": forged(patched(f"{STBL}/stsc", 16, u32(2))),
    "SampleSizeError": sample_of_other_size,
    "SampleTypeError": configuration_as_sample,
    "SampleGroupError": forged(
        lambda moov: add(moov[STBL], full_box(b"sbgp", b"nnru", u32(1, 1, 1)))
    ),
    "FragmentOrderError": lambda: demux(
        repeated(fragment(2, NDUS[:2]), fragment(0, NDUS[2:])), io.BytesIO()
    ),
    "OffsetError": lambda: OffsetMap([])(7),
    "ItemError": item_outside,
    "ArgumentRangeError": lambda: mux(SIMPLE, io.BytesIO(), timescale=0),
    "TooLargeError": too_much_configuration,
    "NotStreamableError": lambda: list(stream(moov_last())),
    "HeldSizeError": lambda: list(stream(SIMPLE, limit=5)),
    "RepeatedDataError": many_grouped_units,
    "OutputSizeError": much_json,
    "OutputExistsError": without_overwriting,
    "OutputIsInputError": into_itself,
    "OutputNameError": lambda: mux(SIMPLE, ROOT),
    "OutputBusyError": two_writers,
    "OutputDiffersError": wrong_places,
    "NotDecodableError": lambda: plan_decoding(FIXTURES / "nnr" / "out_of_band.nnr"),
    "NotEncodableError": lambda: _settings(EncoderOptions(scan_order=9), {}),
    "CodecFailedError": failing_codec,
    "CodecTimeError": late_codec,
    "CodecMissingError": lambda: need("no_module_has_this_name"),
    "ExtraMissingError": report_without_jinja,
    "DecodedSizeError": lambda: plan_decoding(FIXTURES / "nnr" / "plain.nnr", limit=1),
}
FAMILIES = {
    "RemoteError",
    *("NNRError", "BitstreamError", "BoxError", "MediaError", "FileFormatError", "TrackError"),
    *("SampleTableError", "LimitError", "OutputError", "CodecError"),
}
"""Classes that only others derive from."""
