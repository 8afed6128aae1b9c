"""How much work a pickle is: what it names many times counts each time.

A pickle of a few bytes can have a tuple of a tuple of a tuple, each twice, whose hash takes for
ever, or copy one list into sets many times. Keys of one hash are compared with each other: numbers
and tuples can be chosen so, texts cannot. Nothing is unpickled here.
"""

from __future__ import annotations

import pickletools
from typing import Any

_GROWS = ("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD")
"""Operations that put objects into the one below them, which stays the same."""

_FILLS = ("SETITEM", "SETITEMS")
"""Operations that put keys, each with its value, into a dict."""

_CALLS = ("REDUCE", "BUILD", "NEWOBJ")
"""Operations that may make a dict, or a set, of what they are given."""

_CHOSEN = ("LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")
"""Operations that make objects that can be chosen to have the hash of others."""

_FORBIDDEN = " bytearray"
"""A class that takes as many bytes as a number says."""

_ENCODE, _ENCODING = "_codecs encode", "latin1"
"""A function that bytes are made with, and the only encoding that it then has: some take long."""


class _Object:
    """What an object weighs: itself, and all that it was made of, each time that it is in it.

    Attributes:
        weight: objects, and characters of their names.
        chosen: how many objects in it can be chosen to have one hash.
        told: the name of a global, or of the encoding of bytes; of a pair, what its second tells.
    """

    __slots__ = ("chosen", "told", "weight")

    def __init__(self, weight: int, chosen: int, told: object) -> None:
        self.weight = weight
        self.chosen = chosen
        self.told = told


def check_pickle(file: Any, most: int) -> None:
    """Check that unpickling takes no more than the bytes of a pickle explain.

    Lengths are compared with the bytes that are there. The file is left at the end of the pickle.

    Args:
        file: binary, or mapped, at the start of the pickle.
        most: objects, and characters of their names, that may be copied, compared or hashed.

    Raises:
        ValueError: it is broken, makes a ``bytearray``, or may be more work.
    """
    stack: list[_Object | None] = []  # None is a mark
    memo: dict[Any, _Object] = {}
    fetched: set[_Object] = set()
    work = keys = 0
    for operation, argument, _ in pickletools.genops(file):
        name = operation.name
        if name == "GLOBAL" and str(argument).endswith(_FORBIDDEN):
            raise ValueError("it holds a bytearray")
        if name.endswith("PUT") or name == "MEMOIZE":
            if not stack or (top := stack[-1]) is None:
                raise ValueError("a pickle names an object that is not there")
            memo[len(memo) if argument is None else argument] = top
            continue
        if name.endswith("GET"):
            if argument not in memo:
                raise ValueError("a pickle has an object that it has not named")
            fetched.add(memo[argument])
            stack.append(memo[argument])
            work += memo[argument].weight
        else:
            taken = _take(stack, operation)
            weight = sum(one.weight for one in taken)
            chosen = sum(one.chosen for one in taken)
            if name in _FILLS:
                added = sum(one.chosen > 0 for one in taken[1::2])
                keys += added
                work += added * keys
            elif name in _CALLS:
                work += chosen * chosen
            if any(one.told == _ENCODE for one in taken) and not _makes_bytes(name, taken):
                raise ValueError("it has text encoded")
            if name in _GROWS:
                if taken[0] in fetched:  # what it is in by now would weigh more than is known
                    raise ValueError("it changes an object that it has named before")
                weight -= taken[0].weight
                taken[0].weight += weight
                taken[0].chosen = chosen
                stack.append(taken[0])
            else:
                told = taken[1].told if name == "TUPLE2" else None
                if name == "GLOBAL" or argument == _ENCODING:
                    told = argument
                chosen += name in _CHOSEN
                own = len(argument) if isinstance(argument, (str, bytes)) else 1
                for one in operation.stack_after:
                    mark = one is pickletools.markobject
                    stack.append(None if mark else _Object(own + weight, chosen, told))
            work += weight
        if work > most:
            raise ValueError("it has the same objects too many times")


def _makes_bytes(name: str, taken: list[_Object]) -> bool:
    """Whether an operation calls the function that encodes as bytes that are pickled do."""
    function, *given = (one.told for one in taken)
    return name == "REDUCE" and function == _ENCODE and given == [_ENCODING]


def _take(stack: list[_Object | None], operation: pickletools.OpcodeInfo) -> list[_Object]:
    """Take from the stack what an operation needs, the lowest first."""
    before = operation.stack_before
    taken: list[_Object] = []
    if pickletools.markobject in before:
        while stack and (top := stack.pop()) is not None:
            taken.append(top)
        before = before[: before.index(pickletools.markobject)]
    for _ in before:
        if not stack or (top := stack.pop()) is None:
            raise ValueError("a pickle takes an object that is not there")
        taken.append(top)
    return taken[::-1]
