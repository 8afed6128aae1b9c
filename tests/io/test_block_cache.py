"""Blocks of files in memory: the right bytes, and no more of them than allowed."""

from __future__ import annotations

import random

from pymp4_nnr.io.block_cache import BlockCache

FILES = {name: random.Random(name).randbytes(1000) for name in ("a", "b", "c")}


def test_whatever_is_kept_is_right_and_within_the_limit() -> None:
    made = random.Random(3)
    cache = BlockCache(500)
    for name, data in FILES.items():
        cache.add(name, 0, data[:50])
    hits = 0
    for _ in range(5000):
        name, offset, size = made.choice("abc"), made.randrange(1, 1000), made.randrange(1, 200)
        data = FILES[name]
        if made.random() < 0.5:
            cache.add(name, offset, data[offset : offset + size])
            continue
        found = cache.prefix(name, offset, size)
        assert found == data[offset : offset + len(found)]
        start, block = cache.block(name, offset)
        assert block == data[start : start + len(block)]
        assert bool(block) == bool(found)
        hits += bool(found)
        assert cache.prefix(name, 0, 50) == data[:50]  # the start is never dropped
    assert hits > 300
    assert sum(len(cache.prefix(name, at, 1)) for name in FILES for at in range(50, 1000)) <= 500


def test_a_longer_block_takes_the_place_of_a_shorter_one() -> None:
    cache = BlockCache(100)
    cache.add("a", 10, b"0123")
    cache.add("a", 10, b"01")
    assert cache.block("a", 12) == (10, b"0123")
    cache.add("a", 10, b"0123456")
    assert cache.prefix("a", 12, 100) == b"23456"
    assert cache.prefix("b", 12, 100) == b""
    cache.add("a", 17, b"78")
    assert cache.prefix("a", 12, 100) == b"2345678"  # blocks that follow each other


def test_those_used_last_stay() -> None:
    cache = BlockCache(30)
    for offset in (10, 20, 30):
        cache.add("a", offset, bytes(10))
    assert cache.prefix("a", 10, 1)
    cache.add("b", 40, bytes(10))
    assert [bool(cache.prefix("a", offset, 1)) for offset in (10, 20, 30)] == [True, False, True]
    cache.add("c", 10, bytes(31))  # larger than all
    assert not cache.prefix("c", 10, 1)


def test_a_file_is_forgotten() -> None:
    cache = BlockCache(100)
    for name in "ab":
        cache.add(name, 0, bytes(10))
        cache.add(name, 20, bytes(10))
    cache.forget("a")
    assert not cache.prefix("a", 0, 1)
    assert not cache.prefix("a", 20, 1)
    assert cache.prefix("b", 0, 10) == cache.prefix("b", 20, 10) == bytes(10)
    cache.forget("a")
