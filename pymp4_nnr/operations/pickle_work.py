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
    machine = _Machine()
    for operation, argument, _ in pickletools.genops(file):
        machine.do(operation, argument)
        if machine.work > most:
            raise ValueError("it has the same objects too many times")


class _Machine:
    """What unpickles, with weights in the place of objects.

    Attributes:
        work: objects, and characters of their names, that it has copied, compared or hashed.
    """

    def __init__(self) -> None:
        self.work = 0
        self._stack: list[_Object | None] = []  # None is a mark
        self._memo: dict[Any, _Object] = {}
        self._fetched: set[_Object] = set()
        self._keys = 0

    def do(self, operation: pickletools.OpcodeInfo, argument: Any) -> None:
        """Carry out an operation.

        Raises:
            ValueError: it is not possible, or not allowed.
        """
        name = operation.name
        if name.endswith("PUT") or name == "MEMOIZE":
            if not self._stack or (top := self._stack[-1]) is None:
                raise ValueError("a pickle names an object that is not there")
            self._memo[len(self._memo) if argument is None else argument] = top
        elif name.endswith("GET"):
            if argument not in self._memo:
                raise ValueError("a pickle has an object that it has not named")
            found = self._memo[argument]
            self._fetched.add(found)
            self._stack.append(found)
            self.work += found.weight
        else:
            taken = self._take(operation)
            _check_allowed(name, argument, taken)
            self._hash(name, taken)
            if name in _GROWS:
                self._grow(*taken)
            else:
                self._make(operation, argument, taken)

    def _take(self, operation: pickletools.OpcodeInfo) -> list[_Object]:
        """Take from the stack what an operation needs, the lowest first."""
        before = operation.stack_before
        taken: list[_Object] = []
        if pickletools.markobject in before:
            while self._stack and (top := self._stack.pop()) is not None:
                taken.append(top)
            before = before[: before.index(pickletools.markobject)]
        for _ in before:
            if not self._stack or (top := self._stack.pop()) is None:
                raise ValueError("a pickle takes an object that is not there")
            taken.append(top)
        return taken[::-1]

    def _hash(self, name: str, taken: list[_Object]) -> None:
        """Compare keys with those before that may have the same hash."""
        if name in _FILLS:
            added = sum(one.chosen > 0 for one in taken[1::2])
            self._keys += added
            self.work += added * self._keys
        elif name in _CALLS:
            self.work += sum(one.chosen for one in taken) ** 2

    def _grow(self, one: _Object, *added: _Object) -> None:
        """Put objects into another one."""
        if one in self._fetched:  # what it is in by now would weigh more than is known
            raise ValueError("it changes an object that it has named before")
        weight = sum(other.weight for other in added)
        one.weight += weight
        one.chosen += sum(other.chosen for other in added)
        self._stack.append(one)
        self.work += weight

    def _make(self, operation: pickletools.OpcodeInfo, argument: Any, taken: list[_Object]) -> None:
        """Make an object of others, or of an argument."""
        name = operation.name
        weight = sum(one.weight for one in taken)
        chosen = sum(one.chosen for one in taken) + (name in _CHOSEN)
        told = taken[1].told if name == "TUPLE2" else None
        if name == "GLOBAL" or argument == _ENCODING:
            told = argument
        own = len(argument) if isinstance(argument, (str, bytes)) else 1
        for one in operation.stack_after:
            mark = one is pickletools.markobject
            self._stack.append(None if mark else _Object(own + weight, chosen, told))
        self.work += weight


def _check_allowed(name: str, argument: Any, taken: list[_Object]) -> None:
    """Refuse what takes long, or much memory, whatever it is given."""
    if name == "GLOBAL" and str(argument).endswith(_FORBIDDEN):
        raise ValueError("it holds a bytearray")
    if any(one.told == _ENCODE for one in taken):
        function, *given = (one.told for one in taken)
        if name != "REDUCE" or function != _ENCODE or given != [_ENCODING]:
            raise ValueError("it has text encoded")
