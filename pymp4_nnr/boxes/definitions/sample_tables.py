"""The tables of samples in `stbl` (ISO/IEC 14496-12, 8.5 to 8.7)."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, Int8ub, Int32ub
from construct.expr import this

from ...errors import BoxBuildError, BoxParseError
from ..constructs.arrays import Counted, Repeat
from ..constructs.bits import Bits
from ..constructs.byte_fields import Reserved
from ..constructs.full_box import FullBox
from ..constructs.integers import Integers
from ..constructs.optional import Derived
from ..constructs.table_rows import CompactRows, TableRows
from ..constructs.tables import Table
from ..constructs.when import When
from ..reader import window_on
from ..registry import box


def _table(*columns: tuple[str, str]) -> Construct:
    return "entries" / Default(Counted(Int32ub, Table(*columns)), [])


class NibbleRows(Construct):
    """Rows of one 4-bit field, two in a byte, as a list of Containers."""

    exact = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows = Table((name, "B"))

    def _parse(self, stream: Any, context: Container, path: str) -> TableRows:
        window = window_on(stream)
        count = context["sample_count"]
        if (count + 1) // 2 > window.remaining:
            raise BoxParseError(f"{count} fields of 4 bits do not fit {window.remaining} bytes")
        nibbles = window.read((count + 1) // 2).hex()
        if nibbles[count:].strip("0"):
            raise BoxParseError("the unused half of the last byte is not zero")
        data = bytes(int(nibble, 16) for nibble in nibbles[:count])
        return CompactRows(self.rows.shape(context), data, count)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        values = self.rows.shape(context).join(obj)
        if any(value > 15 for value in values):
            raise BoxBuildError("a size of more than 4 bits")
        digits = "".join(f"{value:x}" for value in values)
        stream.write(bytes.fromhex(digits + "0" * (len(digits) % 2)))


class EntrySizes(Construct):
    """The sizes of `stz2`, as wide as `field_size` says."""

    exact = True

    _ROWS = {  # noqa: RUF012
        4: NibbleRows("entry_size"),
        8: Table(("entry_size", "B"), count=this.sample_count),
        16: Table(("entry_size", "H"), count=this.sample_count),
    }

    def _rows(self, context: Container) -> Construct:
        rows = self._ROWS.get(context["field_size"])
        if rows is None:
            raise BoxParseError(f"field_size {context['field_size']} is not 4, 8 or 16")
        return rows

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        return self._rows(context)._parse(stream, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        self._rows(context)._build(obj, stream, context, path)


# 8.6.1.2.
box(b"stts", body=FullBox(_table(("sample_count", "I"), ("sample_delta", "I"))))

# 8.6.2.
box(b"stss", body=FullBox(_table(("sample_number", "I"))))

# 8.6.3.
box(b"stsh", body=FullBox(_table(("shadowed_sample_number", "I"), ("sync_sample_number", "I"))))

# 8.7.4.
box(
    b"stsc",
    body=FullBox(
        _table(("first_chunk", "I"), ("samples_per_chunk", "I"), ("sample_description_index", "I"))
    ),
)

# 8.7.5.
box(b"stco", body=FullBox(_table(("chunk_offset", "I"))))
box(b"co64", body=FullBox(_table(("chunk_offset", "Q"))))

# 8.7.3.2.
box(
    b"stsz",
    body=FullBox(
        "sample_size" / Default(Int32ub, 0),
        "sample_count" / Derived(Int32ub, lambda context: len(context["entry_sizes"])),
        "entry_sizes" / When(this.sample_size == 0, Integers(this.sample_count)),
    ),
)

# 8.7.3.3. (pymp4 reads sample_count as 24 bits: it cannot parse this box.)
box(
    b"stz2",
    body=FullBox(
        "_reserved" / Reserved(3),
        "field_size" / Int8ub,
        "sample_count" / Derived(Int32ub, lambda context: len(context["entries"])),
        "entries" / EntrySizes(),
    ),
)

# 8.5.3.
box(b"stdp", body=FullBox("entries" / Default(Table(("priority", "H")), [])))

# 8.7.6.
box(
    b"padb",
    body=FullBox(
        "sample_count" / Int32ub,
        "entries"
        / Repeat(
            lambda context: (context["sample_count"] + 1) // 2,
            Bits(("_reserved1", 1), ("pad1", 3), ("_reserved2", 1), ("pad2", 3)),
        ),
    ),
)
