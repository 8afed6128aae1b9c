"""Networks beside encrypted video (`cenc`, `cbcs`, ISO/IEC 23001-7), decrypted as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pymp4_nnr import demux, mux, remove
from tests.mp4.compare import compare
from tests.mp4.read import nodes, sample_data
from tests.nnr.streams import MIXED
from tests.paths import FIXTURES

from .muxers import gpac
from .programs import need, run

DELIVERY = FIXTURES / "delivery"
NETWORK = (FIXTURES / "nnr" / "interleaved.nnr").read_bytes()
KEY = "00112233445566778899aabbccddeeff"
WAYS: dict[str, dict[str, Any]] = {"whole": {}, "fragments": {"fragment": 1}}


def frames(path: Path) -> bytes:
    """A checksum of the decrypted and decoded pictures."""
    ffmpeg = [need("ffmpeg"), "-nostdin", "-v", "error", "-decryption_key", KEY, "-i", path]
    return run([*ffmpeg, "-map", "0:v", "-f", "md5", "-"])


def without_network(path: Path, folder: Path) -> Path:
    """What MP4Box encrypted, without the network that is in it."""
    target = folder / "video.mp4"
    remove(path, target)
    return target


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scheme", ["cenc", "cbcs"])
def test_decrypted_as_before(scheme: str, way: str, tmp_path: Path) -> None:
    encrypted = DELIVERY / f"{scheme}.0.mp4"
    assert b"encv" in encrypted.read_bytes() and scheme.encode() in encrypted.read_bytes()
    clear = DELIVERY / "beside_frag.0.mp4"
    assert frames(encrypted) == frames(clear), "the key is the right one"
    old = without_network(encrypted, tmp_path)
    assert frames(old) == frames(clear)
    new = tmp_path / "new.mp4"
    mux(MIXED, new, into=old, **WAYS[way])
    compare(old.read_bytes(), new.read_bytes())
    assert frames(new) == frames(clear)
    demux(new, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == MIXED
    remove(new, tmp_path / "plain.mp4")
    assert frames(tmp_path / "plain.mp4") == frames(clear)


@pytest.mark.parametrize("options", [{}, {"fragment": 1}, {"fragment": 1, "interleave": True}])
def test_fragments(options: dict[str, Any], tmp_path: Path) -> None:
    """`senc`, `saiz` and `saio` lie in each fragment; ffmpeg 5.1 reads none that MP4Box wrote."""
    old = (DELIVERY / "cbcs_frag.0.mp4").read_bytes()
    assert b"senc" in old and b"saio" in old
    new = tmp_path / "new.mp4"
    mux(MIXED, new, into=old, **options)
    (number,) = compare(old, new.read_bytes(), interleaved="interleave" in options)
    demux(new, tmp_path / "back", track_id=number)
    assert (tmp_path / "back").read_bytes() == MIXED
    demux(new, tmp_path / "back", track_id=3)
    assert (tmp_path / "back").read_bytes() == NETWORK
    remove(new, tmp_path / "plain.mp4", track_id=number)
    assert sample_data((tmp_path / "plain.mp4").read_bytes()) == sample_data(old)
    kinds = [node.type for node in nodes(old)].count(b"moof")
    assert kinds >= 4


@pytest.mark.parametrize("layout", [[], ["-movflags", "+frag_keyframe+empty_moov"]])
def test_what_ffmpeg_encrypted(layout: list[str], tmp_path: Path) -> None:
    old, new = tmp_path / "old.mp4", tmp_path / "new.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=1"]
    scheme = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", KEY]
    key_id = ["-encryption_kid", "0123456789abcdef0123456789abcdef"]
    codec = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10", *layout]
    run([need("ffmpeg"), "-nostdin", "-v", "error", *picture, *codec, *scheme, *key_id, old])
    mux(MIXED, new, into=old)
    compare(old.read_bytes(), new.read_bytes())
    demux(new, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == MIXED
    if not layout:  # its own fragments it cannot decrypt
        assert frames(new) == frames(old)


PROTECTION = (
    '<GPACDRM type="CENC AES-CTR"><CrypTrack trackID="1" IsEncrypted="1" IV_size="8" '
    'first_IV="0x0a610676cb88f302" saiSavedBox="senc">'
    f'<key KID="0x0123456789abcdef0123456789abcdef" value="0x{KEY}"/></CrypTrack></GPACDRM>'
)


@pytest.mark.parametrize("options", [{}, {"fragment": 1}, {"fragment": 1, "interleave": True}])
@pytest.mark.parametrize("name", ["cenc", "cbcs", "cbcs_frag"])
def test_mp4box_decrypts_it(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    new = tmp_path / "new.mp4"
    mux(MIXED, new, into=DELIVERY / f"{name}.0.mp4", **options)
    keys = tmp_path / "keys.xml"
    keys.write_text(PROTECTION, encoding="utf-8")
    (clear,) = gpac(["-decrypt", keys, new, "-out", "clear.mp4"], tmp_path / "made")
    assert b"encv" not in clear.read_bytes()
    assert frames(clear) == frames(DELIVERY / "beside_frag.0.mp4")
    for number, wanted in ((3, NETWORK), (4, MIXED)):
        demux(clear, tmp_path / "back", track_id=number)
        assert (tmp_path / "back").read_bytes() == wanted
