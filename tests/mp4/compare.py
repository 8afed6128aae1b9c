"""An edited file held against the original, box by box, with `struct` alone.

An offset may differ only so far that it leads to the same byte of the same box.
"""

from __future__ import annotations

from .offsets import SPLITTERS
from .read import Buffer, Node, moov_of, movie_header, nodes, samples, track_id


class _Comparison:
    def __init__(self, pairs: list[tuple[Node, Node]]) -> None:
        self.pairs = pairs

    def moved(self, offset: int) -> int | None:
        """Where a byte of the old file is in the new; None where `moov` was."""
        for old, new in self.pairs:
            if old.start <= offset < old.end:
                return new.start + offset - old.start
        for old, new in self.pairs:
            if offset == old.end:
                return new.end
        return None

    def boxes(self, old: Node, new: Node, path: str) -> None:
        path = f"{path}/{old.type.decode('latin-1')}"
        kinds = {old.type, new.type}
        assert len(kinds) == 1 or kinds == {b"stco", b"co64"}, path
        split = SPLITTERS.get(old.type)
        if split is not None and not ("traf" in path and old.type == b"saio"):
            (offsets, rest), (new_offsets, new_rest) = split(old), SPLITTERS[new.type](new)
            assert rest == new_rest, path
            assert [self.moved(offset) for offset in offsets] == new_offsets, path
        elif old.type == b"mfro":
            assert new.u32(4)[0] == new.size + 0 or old.u32(4) == new.u32(4), path
        elif old.children or new.children:
            skip = old.children[0].start if old.children else old.end
            assert (
                old.data[old.body_start : skip]
                == new.data[new.body_start : new.body_start + skip - old.body_start]
            ), path
            assert len(old.children) == len(new.children), path
            for one, other in zip(old.children, new.children, strict=True):
                self.boxes(one, other, path)
            tail = new.children[-1].end if new.children else new.end
            assert old.data[old.children[-1].end : old.end] == new.data[tail : new.end], path
        else:
            assert _same(old, new), path


def _leaves(old: list[Node], new: list[Node]) -> list[tuple[Node, Node]]:
    """The boxes inside boxes that have none, in pairs."""
    pairs = []
    for one, other in zip(old, new, strict=False):
        pairs += _leaves(one.children, other.children) if one.children else [(one, other)]
    return pairs


_STEP = 64 << 20


def _same(old: Node, new: Node) -> bool:
    """Whether the headers and bodies of two boxes are the same; large ones are sampled."""
    if old.size != new.size or old.body_start - old.start != new.body_start - new.start:
        return False
    if old.size <= _STEP:
        return old.whole == new.whole
    places = range(0, old.size, old.size // 64)
    return all(
        old.data[old.start + p : min(old.start + p + 4096, old.end)]
        == new.data[new.start + p : min(new.start + p + 4096, new.end)]
        for p in places
    )


def compare(old: Buffer, new: Buffer, *, added: int = 1, interleaved: bool = False) -> list[int]:
    """Assert that `new` is `old` with so many tracks added, and nothing else.

    With `interleaved`, each of the new fragments may stand between those of the old file; without,
    all new media data comes first.

    Returns:
        track_IDs of the added tracks.
    """
    olds = [node for node in nodes(old) if node.type != b"moov"]
    front: list[Node] = []
    rest: list[Node] = []
    place = front
    for node in nodes(new):
        if node.type == b"moov":
            place = rest
        else:
            place.append(node)
    media_count = len(front) + len(rest) - len(olds)
    media, kept = rest[:media_count], front + rest[media_count:]
    if interleaved:
        media, kept = _apart(front + rest, old)
    assert [node.type for node in olds] == [node.type for node in kept]
    assert {node.type for node in media} <= {b"mdat", b"free", b"moof"}
    assert sum(node.end for node in nodes(new)[-1:]) == len(new)

    comparison = _Comparison(list(zip(olds, kept, strict=True)))
    old_moov, new_moov = moov_of(old), moov_of(new)
    assert new_moov is not None
    new_ids = [track_id(trak) for trak in new_moov.all("trak")]
    if old_moov is None:
        for one, other in comparison.pairs:
            comparison.boxes(one, other, "")
        return new_ids
    old_ids = [track_id(trak) for trak in old_moov.all("trak")]
    fresh = new_ids[len(new_ids) - added :]
    assert new_ids == old_ids + fresh
    for moof in (node for node in media if node.type == b"moof"):
        assert {traf["tfhd"].u32(4)[0] for traf in moof.all("traf")} <= set(fresh)
    left = [
        node for node in new_moov.children if not (node.type == b"trak" and track_id(node) in fresh)
    ]
    if left[-1].type == b"mvex" and not old_moov.all("mvex"):  # the first fragments of the file
        assert [trex.u32(4)[0] for trex in left[-1].children] == new_ids
        assert [trex.type for trex in left.pop().children] == [b"trex"] * len(new_ids)
    assert [node.type for node in old_moov.children] == [node.type for node in left]
    comparison.pairs += _leaves(old_moov.children, left)
    for one, other in comparison.pairs[: len(olds)]:
        comparison.boxes(one, other, "")
    for one, other in zip(old_moov.children, left, strict=True):
        if one.type == b"mvhd":
            _compare_mvhd(one, other, fresh)
        elif one.type == b"mvex":
            extended = other.children[len(one.children) :]
            assert [node.type for node in extended] == [b"trex"] * added
            assert [node.u32(4)[0] for node in extended] == fresh
            for a, b in zip(one.children, other.children, strict=False):
                assert a.whole == b.whole
        else:
            comparison.boxes(one, other, "moov")
    old_samples, new_samples = samples(old), samples(new)
    for number in old_ids:
        assert len(old_samples[number]) == len(new_samples[number])
        for was, now in zip(old_samples[number], new_samples[number], strict=True):
            assert (was.size, was.description) == (now.size, now.description)
            before = old[was.offset : was.offset + was.size]
            assert before == new[now.offset : now.offset + now.size], (number, was, now)
    return fresh


def _apart(boxes: list[Node], old: Buffer) -> tuple[list[Node], list[Node]]:
    """The fragments of tracks that the old file does not have, and everything else."""
    old_moov = moov_of(old)
    assert old_moov is not None
    known = {track_id(trak) for trak in old_moov.all("trak")}
    media, kept = [], []
    ours = False
    for node in boxes:
        if node.type == b"moof":
            ours = not known & {traf["tfhd"].u32(4)[0] for traf in node.all("traf")}
        elif node.type != b"mdat":
            ours = False
        (media if ours else kept).append(node)
    return media, kept


def _compare_mvhd(old: Node, new: Node, fresh: list[int]) -> None:
    assert old.flags == new.flags
    before, after = movie_header(old), movie_header(new)
    assert (before[0], before[1], before[3]) == (after[0], after[1], after[3])
    assert after[2] >= before[2]
    assert after[4] > max(fresh)
