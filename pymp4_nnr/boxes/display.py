"""Fields of boxes as people write them, for dumps. The values in the boxes stay what they are.

A box has numbers as the file stores them, with pymp4's names and types: a rate of 0x10000, a
language of 15 bits, a name with its length before it. Here they are 1.0, `eng`, and the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .constructs.text import BYTE_ORDER_MARKS
from .definitions.fragments import SAMPLE_FLAGS

Form = Callable[[Any, Mapping[str, Any]], Any]
"""How a value of a field is shown; the second argument is all fields of the box."""


def shown_fields(fields: Mapping[str, Any], box_type: bytes = b"") -> Iterator[tuple[str, Any]]:
    """Yield the names and values of a box's fields as people write them.

    Fields that hold what is reserved, whose names begin with an underscore, are left out. A value
    that cannot be written in a better way is given as it is; so are boxes and lists in the box.

    Args:
        fields: a parsed box or sample entry, or a structure that lies in one.
        box_type: of a structure, the type of the box that it lies in.
    """
    forms = _OF_BOX.get(box_type_of(fields, box_type), {})
    for name, value in fields.items():
        if not str(name).startswith("_"):
            form = forms.get(name) or _OF_FIELD.get(name)
            yield name, value if form is None else form(value, fields)


def box_type_of(fields: Mapping[str, Any], outer: bytes = b"") -> bytes:
    """The type of a parsed box or sample entry; of a structure, that of the box it lies in."""
    own = fields.get("type", fields.get("format"))
    return own if isinstance(own, bytes) else outer


# --- forms


def _fixed(fraction_bits: int) -> Form:
    """A fixed-point number with so many bits after the point."""

    def form(value: Any, fields: Mapping[str, Any]) -> Any:
        return value / (1 << fraction_bits) if isinstance(value, int) else value

    return form


def _with_fraction(hidden: str) -> Form:
    """The integer part of a 16.16 number, whose fraction is a field that is not shown."""

    def form(value: Any, fields: Mapping[str, Any]) -> Any:
        fraction = fields.get(hidden)
        return value + fraction / 0x10000 if fraction and isinstance(value, int) else value

    return form


def _matrix(value: Any, fields: Mapping[str, Any]) -> Any:
    """Nine numbers: 16.16, in the third column 2.30."""
    if not isinstance(value, list) or len(value) != 9:
        return value
    return [number / (1 << (30 if index % 3 == 2 else 16)) for index, number in enumerate(value)]


def _code(value: Any, fields: Mapping[str, Any]) -> Any:
    """A four-character code that pymp4 has as an integer; 0 is none."""
    if isinstance(value, int) and 0 < value < 1 << 32:
        data = value.to_bytes(4)
        if all(0x20 <= byte < 0x7F for byte in data):
            return data.decode()
    return value


def _language(value: Any, fields: Mapping[str, Any]) -> Any:
    """Three letters; the number where they are none: 0, Macintosh's codes, 0x7FFF for none."""
    if isinstance(value, str) and len(value) == 3 and not all("a" <= char <= "z" for char in value):
        number = 0
        for char in value:
            number = number << 5 | ord(char) - 0x60 & 31
        return number
    return value


def _counted_text(value: Any, fields: Mapping[str, Any]) -> Any:
    """A text that follows its length in one byte; the field may be longer than it."""
    data = value.encode(errors="surrogatepass") if isinstance(value, str) else value
    if not isinstance(data, bytes):
        return value
    as_it_is = value if isinstance(value, str) else bytes(data)
    if not data:
        return as_it_is
    length, text = data[0], data[1:]
    if length > len(text) or text[length:].strip(b"\0 "):
        return as_it_is
    return _decoded(text[:length])


def _decoded(data: bytes) -> str:
    """Text in UTF-8, else as Macintosh computers wrote it, for which every byte is a character."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("mac_roman")


def _text(value: Any, fields: Mapping[str, Any]) -> Any:
    """Bytes that are text in UTF-8."""
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _utf_16(value: Any, fields: Mapping[str, Any]) -> Any:
    """Bytes that are text in UTF-16, with a byte order mark, perhaps terminated."""
    if isinstance(value, bytes) and value[:2] in BYTE_ORDER_MARKS:
        try:
            return value.decode("utf-16").rstrip("\0")
        except UnicodeDecodeError:
            pass
    return value


_UTF_8_VALUE, _UTF_16_VALUE = 1, 2


def _item_value(value: Any, fields: Mapping[str, Any]) -> Any:
    """The value of an item of `ilst`: text by its type indicator."""
    kind = fields.get("type_indicator")
    if kind == _UTF_8_VALUE:
        return _text(value, fields)
    if kind == _UTF_16_VALUE and isinstance(value, bytes):
        try:
            return value.decode("utf-16" if value[:2] in BYTE_ORDER_MARKS else "utf-16-be")
        except UnicodeDecodeError:
            pass
    return value


def _vector(value: Any, fields: Mapping[str, Any]) -> Any:
    """An initialization vector, which pymp4 has as a list of integers."""
    is_list = isinstance(value, list) and all(isinstance(byte, int) for byte in value)
    return bytes(value) if is_list else value


def _sample_flags(value: Any, fields: Mapping[str, Any]) -> Any:
    return SAMPLE_FLAGS.decode(value) if isinstance(value, int) else value


_SIZE = {"width": _fixed(16), "height": _fixed(16)}

_OF_BOX: dict[bytes, dict[str, Form]] = {
    b"mvhd": {"rate": _fixed(16), "volume": _fixed(8), "matrix": _matrix},
    b"tkhd": {"volume": _fixed(8), "matrix": _matrix, **_SIZE},
    b"text": {"matrix": _matrix},
    b"smhd": {"balance": _fixed(8)},
    b"gmin": {"balance": _fixed(8)},
    b"gama": {"gamma_level": _fixed(16)},
    b"hdlr": {"name": _counted_text},
    b"trun": {"first_sample_flags": _sample_flags},
    b"data": {"value": _item_value},
    b"mean": {"meaning_string": _text},
    b"name": {"name": _text},
    b"keys": {"key_value": _text},
    b"loci": {
        "name": _utf_16,
        "longitude": _fixed(16),
        "latitude": _fixed(16),
        "altitude": _fixed(16),
    },
    b"prhd": {f"pose_{angle}_degrees": _fixed(16) for angle in ("yaw", "pitch", "roll")},
    b"equi": {
        f"projection_bounds_{side}": _fixed(32) for side in ("top", "bottom", "left", "right")
    },
    **dict.fromkeys((b"clef", b"prof", b"enof"), _SIZE),
}
"""Forms of the fields of boxes, by type of box."""

_OF_FIELD: dict[str, Form] = {
    "language": _language,
    "compressor_name": _counted_text,
    "sampling_rate": _with_fraction("_sampling_rate_fraction"),
    "horizontal_resolution": _with_fraction("_horizontal_fraction"),
    "vertical_resolution": _with_fraction("_vertical_fraction"),
    "vendor": _code,
    "aux_info_type": _code,
    "constant_iv": _vector,
    **dict.fromkeys(
        (
            *("notice", "title", "description", "performer", "genre", "author", "rating_info"),
            *("album_title", "classification_info", "astronomical_body", "additional_notes"),
        ),
        _utf_16,
    ),
}
"""Forms of fields that mean the same in whatever box they are."""
