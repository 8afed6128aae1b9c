"""Compare the hand-made bitstreams with what the codec's own parser reads in them.

    .venv-nnc/bin/python scripts/nnc/cross_check.py

Prints, per file, how many units agree, and every element that does not. Units that the codec does
not implement (AGG, PRUN, reserved types, mappings, dimensions out of band) are compared as far as
it reads them.
"""

import json
from pathlib import Path
from typing import Any

from codec import read_units

FIXTURES = Path(__file__).parents[2] / "fixtures" / "nnr"
COUNTS = {  # rows that the parser pads with zeros to the longest
    "spm_nn_class_accuracy": ("spm_count_classes", 0),
    "ppm_nn_class_accuracy": ("ppm_count_classes", 0),
    "upm_nn_class_accuracy": ("upm_count_classes", 0),
    "dpm_nn_class_accuracy": ("dpm_count_classes", 0),
    "reshaped_tensor_dimensions": ("count_reshaped_tensor_dimension", 1),
    "super_block_dimensions": ("count_super_block_dimension", 1),
    "block_dimensions": ("count_block_dimension", 1),
}


def as_fields(unit: dict[str, Any]) -> dict[str, Any]:
    """A unit in the codec's form, in the form of `fields.json`."""
    fields = dict(unit)
    for suffix, name in (("__", "codebook"), ("__dc", "codebook_dc")):
        if f"codebook{suffix}" in fields:
            size = fields.pop(f"codebook_size{suffix}")
            fields[name] = {
                "codebook_egk": fields.pop(f"codebook_egk{suffix}"),
                "codebook_size": size,
                "codebook_centre_offset": fields.pop(f"CbZeroOffset{suffix}") - (size >> 1),
                "values": fields.pop(f"codebook{suffix}"),
            }
    if "cabac_entry_point_list" in fields:
        dq = fields.get("dq_flag")
        fields["cabac_entry_points"] = [
            {"value": point >> 3 & 255, "bit_offset": point >> 11}
            | ({"dq_state": point & 7} if dq else {})
            for point in map(int, fields.pop("cabac_entry_point_list"))
        ]
    for name, (count, less) in COUNTS.items():
        if name in fields:
            fields[name] = [
                row[: length - less]
                for row, length in zip(fields[name], fields[count], strict=True)
            ]
    for name, value in fields.items():
        if isinstance(value, list) and len(value) == 1 and name == "validation_set_performance":
            fields[name] = value[0]
    return fields


def main() -> None:
    """Compare every hand-made file."""
    for path in sorted(FIXTURES.glob("*.fields.json")):
        expected = json.loads(path.read_text())
        data = path.with_name(path.name.replace(".fields.json", ".nnr")).read_bytes()
        read = [as_fields(unit) for unit in read_units(data)]
        agree, remarks = 0, []
        for index, (ours, theirs) in enumerate(zip(expected, read, strict=True)):
            reason = theirs.pop("incomplete", None)
            skip = {"payload_offset", "incomplete"}
            if reason is None:
                names = (ours.keys() | theirs.keys()) - skip
            else:
                names = theirs.keys() - skip
                remarks.append(f"  unit {index}: the codec stops: {reason}")
            # The codec reads all data as text; ours that is not text is in hexadecimal.
            names = {name for name in names if name in ours or not name.endswith("_data")}
            names = {name for name in names if not name.endswith("_hex")}
            wrong = [name for name in sorted(names) if ours.get(name) != theirs.get(name)]
            remarks += [
                f"  unit {index}: {name}: {ours.get(name)!r}, the codec: {theirs.get(name)!r}"
                for name in wrong
            ]
            agree += not wrong
        print(f"{path.name.removesuffix('.fields.json')}: {agree} of {len(expected)} units agree")
        print("\n".join(remarks), end="\n" if remarks else "")


if __name__ == "__main__":
    main()
