"""What is decoded together, and what is refused before the codec sees it; without the codec."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pymp4_nnr
from pymp4_nnr.bitstream.codec import encode_unit, parse
from pymp4_nnr.bitstream.enums import PayloadType
from pymp4_nnr.cli import main
from pymp4_nnr.errors import (
    CodecError,
    CodecMissingError,
    DecodedSizeError,
    NNRError,
    TensorNotFoundError,
)
from pymp4_nnr.operations.decode import MOST_ELEMENTS, decoded_size, plan_decoding
from tests.nnr.streams import unit
from tests.paths import FIXTURES, ROOT
from tests.round_trip import tensor_index

NNR = FIXTURES / "nnr"
START = encode_unit(
    {
        "header": {
            "nnr_unit_type": 0,
            "independently_decodable_flag": 1,
            "general_profile_idc": 0,
        }
    }
)


def ndu(name: str = "a", dimensions: tuple[int, ...] = (2, 3), **more: Any) -> bytes:
    """An NNR_NDU with data that nothing decodes."""
    header = {
        "nnr_unit_type": 5,
        "independently_decodable_flag": 1,
        "nnr_compressed_data_unit_payload_type": PayloadType.PT_INT,
        "topology_elem_id": name,
        "dq_flag": 0,
        "compressed_parameter_types": 0,
        "tensor_dimensions": list(dimensions),
    }
    if len(dimensions) > 1:
        header["scan_order"] = 0
    return encode_unit({"header": header | more, "data": b"data"})


def restored(plan: list[Any]) -> list[tuple[list[bytes], list[str]]]:
    return [(task.bitstreams(), list(task.wanted)) for task in plan]


def test_each_tensor_is_planned_from_its_own_ndu() -> None:
    first, second = ndu("a"), ndu("b", (5,))
    plan = plan_decoding(START + first + second)
    assert restored(plan) == [([START + first], ["a"]), ([START + second], ["b"])]
    assert [task.size for task in plan] == [2 * 3 * 4, 5 * 4]
    assert [task.encoded_size for task in plan] == [len(first), len(second)]
    assert restored(plan_decoding(START + first + second, ["b"])) == [([START + second], ["b"])]


def test_tensors_behind_many_units_share_them() -> None:
    """A tensor by itself would have all of them read again, for each tensor."""
    ndus = [ndu(f"{number:02}", (2,)) for number in range(40)]
    units = unit(9) * 200
    plan = plan_decoding(START + units + b"".join(ndus))
    assert 1 < len(plan) < 12
    names = [name for task in plan for name in task.wanted]
    assert names == [f"{number:02}" for number in range(40)]
    assert [place for task in plan for place in task.wanted.values()] == [*range(40)]
    for task in plan:
        wanted = [ndus[int(name)] for name in task.wanted]
        assert task.bitstreams() == [START + units + b"".join(wanted)]
        assert task.size == 8 * len(wanted)
        assert task.encoded_size == sum(map(len, wanted))
    twice = (START + units + b"".join(ndus[:2])) + (START + units + b"".join(ndus[2:4]))
    assert [list(task.wanted) for task in plan_decoding(twice)] == [["00", "01"], ["02", "03"]]


def test_what_depends_on_another_is_decoded_with_it() -> None:
    units = [ndu("a"), ndu("b", independently_decodable_flag=0), ndu("c")]
    plan = plan_decoding(START + b"".join(units))
    assert restored(plan) == [
        ([START + units[0] + units[1]], ["a", "b"]),
        ([START + units[2]], ["c"]),
    ]
    alone = plan_decoding(START + b"".join(units), ["b"])
    assert restored(alone) == [([START + units[0] + units[1]], ["b"])]
    assert alone[0].size == 2 * 2 * 3 * 4


def test_rounds_are_planned_as_far_as_they_are_needed() -> None:
    rounds = [(NNR / f"incremental_{n}.nnr").read_bytes() for n in range(3)]
    joined = b"".join(rounds)
    for number in range(1, 4):
        [task] = plan_decoding(joined, ["layer0.weight"], update_round=number)
        assert len(task.starts) == number  # temporal context modelling
        assert task.size == 24 * 24 * 4
    [last] = plan_decoding(joined, ["layer0.weight"])
    assert len(last.starts) == 3
    names = {name for task in plan_decoding(joined, update_round=2) for name in task.wanted}
    assert names == set(tensor_index(rounds[1]).tensors)
    for wanted in (["layer0.weight"], None):
        with pytest.raises(TensorNotFoundError, match="round 4"):
            plan_decoding(joined, wanted, update_round=4)


def test_a_round_that_needs_no_other_is_decoded_alone() -> None:
    streams = [(NNR / name).read_bytes() for name in ("pre_signalling.nnr", "plain.nnr")]
    for task in plan_decoding(b"".join(streams)):
        assert len(task.starts) == 1


@pytest.mark.parametrize("path", sorted(NNR.glob("*.hls.json")), ids=lambda path: path.name)
def test_sizes_are_those_of_the_tensors(path: Path) -> None:
    """The headers announce at least what the codec's own parser reads of dimensions."""
    stream = path.with_name(path.name.replace(".hls.json", ".nnr"))
    for parsed in parse(stream):
        if parsed.nnr_unit_type == 5:
            elements = 1
            for dimension in parsed.header["tensor_dimensions"]:
                elements *= dimension
            assert decoded_size(parsed) >= 4 * elements
            if "count_topology_elements_minus2" not in parsed.header:
                assert decoded_size(parsed) == 4 * elements


def test_the_limit_is_to_the_byte() -> None:
    stream = START + ndu("a", (100, 10)) + ndu("b", (24,))
    size = 4 * 1024
    assert len(plan_decoding(stream, limit=size)) == 2
    with pytest.raises(DecodedSizeError, match=f"more than {size - 1} bytes"):
        plan_decoding(stream, limit=size - 1)
    assert len(plan_decoding(stream, ["b"], limit=96)) == 1


HOSTILE = {
    "more elements than 32 bits count": ndu(dimensions=(1 << 20, 1 << 20)),
    "a product beyond 64 bits": ndu(dimensions=((1 << 60) - 1,) * 4),
    "one dimension of 2^62": ndu(dimensions=(1 << 62,)),
    "a hundred dimensions": ndu(dimensions=(2,) * 100),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_more_than_the_codec_can_address_is_refused_whatever_the_limit(what: str) -> None:
    assert MOST_ELEMENTS < 1 << 32
    with pytest.raises(DecodedSizeError, match="elements"):
        plan_decoding(START + HOSTILE[what], limit=1 << 600)


def test_a_decomposed_tensor_counts_with_its_parts() -> None:
    path = NNR / "decomposed_parts.nnr"
    sizes = [decoded_size(unit) for unit in parse(path) if unit.nnr_unit_type == 5]
    headers = [unit.header for unit in parse(path) if unit.nnr_unit_type == 5]
    for size, header in zip(sizes, headers, strict=True):
        elements = 1
        for dimension in header["tensor_dimensions"]:
            elements *= dimension
        rank, rows = header["decomposition_rank"], header["g_number_of_rows"]
        assert size == 4 * (elements + rank * rows + rank * (elements // rows))
    data = ndu(compressed_parameter_types=1, decomposition_rank=1 << 40, g_number_of_rows=1)
    with pytest.raises(DecodedSizeError):
        plan_decoding(START + data)
    data = ndu(compressed_parameter_types=1, decomposition_rank=1, g_number_of_rows=0)
    with pytest.raises(CodecError, match="no rows"):
        plan_decoding(START + data)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("out_of_band.nnr", "out of band"),
        ("partial_data.nnr", "divided"),
        ("tensor_mapping.nnr", "incomplete|no name"),
    ],
)
def test_what_the_headers_leave_open_is_not_decoded(name: str, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        plan_decoding(NNR / name)


def test_units_without_a_start_are_no_bitstream_to_decode() -> None:
    with pytest.raises(NNRError):
        plan_decoding(ndu())


# --- without the extra ----------------------------------------------------------------------


@pytest.fixture
def no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name in ("numpy", "nncodec", "torch") else found(name, *rest),
    )


@pytest.mark.usefixtures("no_extra")
def test_without_the_extra_an_error_says_what_to_install() -> None:
    with pytest.raises(CodecMissingError, match=r"pip install 'pymp4-nnr\[codec\]'"):
        pymp4_nnr.decode(NNR / "plain.nnr")
    with pytest.raises(CodecMissingError, match=r"pip install 'pymp4-nnr\[codec\]'"):
        pymp4_nnr.encode({}, "no.mp4")


@pytest.mark.usefixtures("no_extra")
@pytest.mark.parametrize(
    "arguments",
    [
        ["decode", str(NNR / "plain.nnr"), "-o", "out.safetensors"],
        ["encode", "weights.safetensors", "-o", "out.mp4"],
        ["encode", "weights.pt", "-o", "out.mp4"],
    ],
)
def test_commands_without_the_extra_end_with_1(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)
    assert not list(tmp_path.iterdir())
    assert result.exit_code == 1
    assert "pip install 'pymp4-nnr[codec]'" in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["decode", "a.mp4", "-o", "a.pt"], "safetensors are written"),
        (["decode", "a.mp4", "-o", "a", "--limit", "4 apples"], "not a size"),
        (["decode", "a.mp4", "-o", "a", "--limit", "GiB"], "not a size"),
        (["encode", "a.pt", "-o", "a", "--tensor-qp", "conv"], "NAME=QP"),
        (["encode", "a.pt", "-o", "a", "--scan-order", "5"], "scan-order"),
    ],
)
def test_wrong_options(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert words in result.output


def test_a_worker_without_the_codec_says_so() -> None:
    """The process itself, in an environment whose codec cannot be imported."""
    code = """
import sys
sys.modules["nncodec"] = None
from pymp4_nnr.operations.codec_worker import serve
serve()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"", capture_output=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert b'{"missing": ' in done.stdout
