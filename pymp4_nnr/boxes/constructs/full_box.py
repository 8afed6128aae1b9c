"""Boxes with version and flags, and fields that depend on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from construct import Construct, Container, Default, Int24ub, Int32ub, Int64ub

from ...errors import BoxBuildError, BoxParseError
from .exact import is_exact
from .fixed import FixedField, with_numbers
from .structs import Struct
from .when import HeaderFunction

ANY_VERSION = tuple(range(256))
"""For boxes that nobody expects to have several versions."""


def FullBox(
    *fields: Construct,
    versions: tuple[int, ...] = (0,),
    flags: int | Construct = 0,
    derive_version: Callable[[Container], int] | None = None,
) -> Struct:
    """A box with version and flags (ISO/IEC 14496-12, 4.2.2).

    Versions that are not known are refused, so that the box is kept as raw bytes.

    Args:
        fields: what follows version and flags.
        versions: those that `fields` describe; the first is the default when building.
        flags: default when building, or the construct of the field.
        derive_version: gives the version when building, whatever version the caller gives.
    """
    field = flags if isinstance(flags, Construct) else Default(Int24ub, flags)
    return Struct("version" / _Version(versions, derive_version), "flags" / field, *fields)


class _Version(FixedField):
    """The version of a FullBox, one of those known."""

    def __init__(
        self, versions: tuple[int, ...], derive: Callable[[Container], int] | None
    ) -> None:
        super().__init__("B")
        self.versions = versions
        self.derive = derive
        self.flagbuildnone = True

    @property
    def derived(self) -> bool:  # type: ignore[override]
        return self.derive is not None

    def default(self, context: Container) -> int:
        return self.versions[0] if self.derive is None else self.derive(context)

    def decode(self, stored: int) -> int:
        if stored not in self.versions:
            raise BoxParseError(f"version {stored} is not known")
        return stored

    def encode(self, value: Any, name: str) -> int:
        version = int(value)
        if version not in self.versions:
            known = ", ".join(map(str, self.versions))
            raise BoxBuildError(f"version {version} is not known, only {known}")
        return version


class ByVersion(Construct):
    """A field in one of two forms, by the version of the enclosing box; see `by_version`."""

    def __init__(self, narrow: Construct, wide: Construct, levels: int) -> None:
        super().__init__()
        self.forms = with_numbers(narrow), with_numbers(wide)
        self.levels = levels

    @property
    def subcons(self) -> tuple[Construct, ...]:
        """Both forms."""
        return self.forms

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return all(map(is_exact, self.forms))

    def _form(self, context: Any) -> Construct:
        for _ in range(self.levels):
            context = context["_"]
        return self.forms[context["version"] != 0]

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        return self._form(context)._parse(stream, context, path)

    def _build(self, obj: Any, stream: Any, context: Any, path: str) -> Any:
        return self._form(context)._build(obj, stream, context, path)


def by_version(
    narrow: Construct = Int32ub, wide: Construct = Int64ub, *, levels: int = 0
) -> ByVersion:
    """`narrow` in version 0 of the enclosing box, `wide` in later ones.

    Args:
        narrow, wide: by default an unsigned integer of 32 and of 64 bits.
        levels: how many structs of the box the field lies in.
    """
    return ByVersion(narrow, wide, levels)


def from_version(version: int) -> HeaderFunction:
    """Predicate for `When` and the like: the enclosing FullBox has this version or a later one."""
    return HeaderFunction(lambda context: context["version"] >= version)


def flag(mask: int) -> HeaderFunction:
    """Predicate for `When` and the like: the enclosing FullBox has a flag of `mask` set."""
    return HeaderFunction(lambda context: context["flags"] & mask)


def named_flag(name: str) -> HeaderFunction:
    """The same where the box has its flags as `Bits`: the flag `name` is set."""
    return HeaderFunction(lambda context: context["flags"][name], flag=name)
