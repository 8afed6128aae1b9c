"""Parsed fields: construct's Containers, made at once instead of field by field."""

from __future__ import annotations

from typing import Any

from construct import Container, ListContainer


class Fields(Container):
    """A Container with hidden fields, for what is reserved and is only kept.

    A field whose name begins with ``_`` is hidden: it can be read, set and deleted like any other,
    and is built, but keys, items, printing and comparing leave it out. Copies have it, too.
    """

    __slots__ = ()

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        for arg in args:
            if isinstance(arg, Fields):
                self._take_hidden(arg)

    def _take_hidden(self, other: Fields) -> None:
        hidden: Any = dict.items(other)
        for key, value in hidden:
            if is_hidden(key):
                dict.__setitem__(self, key, value)

    def update(self, seqordict: Any = (), **kw: Any) -> None:
        super().update(seqordict, **kw)
        if isinstance(seqordict, Fields):
            self._take_hidden(seqordict)

    def __setitem__(self, key: Any, value: Any) -> None:
        if is_hidden(key):
            dict.__setitem__(self, key, value)
        else:
            super().__setitem__(key, value)

    __setattr__ = __setitem__

    def __delitem__(self, key: Any) -> None:
        if is_hidden(key):
            dict.__delitem__(self, key)
        else:
            super().__delitem__(key)

    __delattr__ = __delitem__

    def pop(self, key: Any, *default: Any) -> Any:
        if key not in self:
            if default:
                return default[0]
            raise KeyError(key)
        value = self[key]
        del self[key]
        return value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict):
            return False
        shown = [key for key in other if not is_hidden(key)]
        return len(shown) == len(self) and all(
            key in self and self[key] == other[key] for key in shown
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def copy(self) -> Any:
        return new_container(dict(dict.items(self)), type(self))

    __copy__ = copy

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        # construct's own way loses the order of keys before it is there
        return restore_container, (type(self), list(dict.items(self)))

    def _search(self, name: str, search_all: bool) -> Any:
        """As construct's, which goes into plain Containers alone."""
        found = []
        for key, value in self.items():
            if key == name:
                if not search_all:
                    return value
                found.append(value)
            if isinstance(value, (Container, ListContainer)):
                inner = value._search(name, search_all)
                if search_all:
                    found.extend(inner or ())
                elif inner is not None:
                    return inner
        return found if search_all else None


class PlainFields(dict[str, Any]):
    """Parsed fields as a plain dict, the hidden ones included, to build from."""

    __slots__ = ()


def is_hidden(name: Any) -> bool:
    """Whether a field of this name is hidden."""
    return isinstance(name, str) and name.startswith("_")


def new_container(
    fields: dict[str, Any], kind: type[Container] = Fields, *, may_hide: bool = True
) -> Any:
    """A Container of these fields, several times as fast as by setting one after the other.

    Args:
        fields: name and value, in order.
        kind: its class; construct's own hides nothing.
        may_hide: False if no name begins with ``_``.
    """
    hides = may_hide and kind is not Container
    names = [name for name in fields if name[0] != "_"] if hides else list(fields)
    container: Any = dict.__new__(kind)
    object.__setattr__(container, "__keys_order__", names)
    dict.update(container, fields)
    return container


def restore_container(kind: type[Container], items: list[tuple[Any, Any]]) -> Any:
    """Make a Container again that was pickled or copied."""
    container = kind()
    for key, value in items:
        container[key] = value
    return container
