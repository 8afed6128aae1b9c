"""The errors of boxes as pymp4's users meet them: they are construct's errors too."""

from __future__ import annotations

from construct import ConstructError

from ..errors import BoxBuildError, BoxError, BoxParseError

# Inside definitions the plain classes are raised: construct's `Renamed` would raise its own kind
# of error anew, with the text alone. At the edge they become construct's errors too, because that
# is what users of pymp4 catch.


class ConstructBoxParseError(BoxParseError, ConstructError):
    """`BoxParseError` raised through pymp4's own `Box`."""


class ConstructBoxBuildError(BoxBuildError, ConstructError):
    """`BoxBuildError` raised through pymp4's own `Box`."""


def as_construct_error(error: BoxError) -> BoxError:
    """The same error, of a class that is also construct's."""
    kind = ConstructBoxBuildError if isinstance(error, BoxBuildError) else ConstructBoxParseError
    return kind(error.reason, box_path=error.box_path, offset=error.offset)
