"""The errors of boxes as pymp4's users meet them: they are of the classes that those catch.

Inside definitions the plain classes are raised: construct's `Renamed` would raise its own kind of
error anew, with the text alone.
"""

from __future__ import annotations

from construct import ConstructError

from ..errors import BoxBuildError, BoxError, BoxParseError, TruncatedBoxError


class ConstructBoxParseError(BoxParseError, ConstructError):
    """`BoxParseError` raised through pymp4's own `Box`."""


class ConstructTruncatedBoxError(TruncatedBoxError, ConstructError):
    """`TruncatedBoxError` where not even the size of the box is there, as at the end of a file."""


class ConstructTruncatedBodyError(TruncatedBoxError, ConstructError, OSError):
    """`TruncatedBoxError` where the box has begun: pymp4 raises an OSError."""

    __str__ = TruncatedBoxError.__str__


class ConstructBoxBuildError(BoxBuildError, ConstructError):
    """`BoxBuildError` raised through pymp4's own `Box`."""


_SIZE_FIELD = 4


def as_construct_error(error: BoxError) -> BoxError:
    """The same error, of a class that is also construct's."""
    made: BoxError
    if isinstance(error, TruncatedBoxError):
        begun = error.available >= _SIZE_FIELD
        truncated = ConstructTruncatedBodyError if begun else ConstructTruncatedBoxError
        made = truncated(
            error.reason, available=error.available, box_path=error.box_path, offset=error.offset
        )
    else:
        builds = isinstance(error, BoxBuildError)
        kind = ConstructBoxBuildError if builds else ConstructBoxParseError
        made = kind(error.reason, box_path=error.box_path, offset=error.offset)
    made.code = error.code
    return made
