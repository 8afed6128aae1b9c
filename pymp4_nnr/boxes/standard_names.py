"""Names of the standards for fields that pymp4 calls otherwise.

pymp4's name is the key: it is what `keys` and printing show. The standard's name is accepted where
a field is read, set or deleted, and where a box is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BoxBuildError
from .constructs.containers import Fields, PlainFields

Names = Mapping[str, str]
"""pymp4's names, by the standard's."""

_AVC_RECORD = {
    "configurationVersion": "version",
    "AVCProfileIndication": "profile",
    "profile_compatibility": "compatibility",
    "AVCLevelIndication": "level",
    "lengthSizeMinusOne": "nal_unit_length_field",
}
_HEVC_RECORD = {
    "configurationVersion": "version",
    "general_profile_space": "profile_space",
    "general_profile_idc": "general_profile",
    "general_level_idc": "general_level",
    "min_spatial_segmentation_idc": "min_spatial_segmentation",
    "parallelismType": "parallelism_type",
    "chroma_format_idc": "chroma_format",
    "bit_depth_luma_minus8": "luma_bit_depth",
    "bit_depth_chroma_minus8": "chroma_bit_depth",
    "avgFrameRate": "average_frame_rate",
    "constantFrameRate": "constant_frame_rate",
    "numTemporalLayers": "num_temporal_layers",
    "temporalIdNested": "temporal_id_nested",
    "lengthSizeMinusOne": "nalu_length_size",
}
_GRAPHICS = {"graphicsmode": "graphics_mode"}

NAMES_OF_BOXES: dict[bytes, Names] = {
    b"btrt": {"avgBitrate": "avgBirate"},
    b"schm": {"scheme_uri": "schema_uri"},
    b"vmhd": _GRAPHICS,
    b"gmin": _GRAPHICS,
    b"frma": {"data_format": "original_format"},
    b"pssh": {"SystemID": "system_ID", "KID": "key_IDs", "Data": "init_data"},
    b"tenc": {
        "default_isProtected": "is_encrypted",
        "default_Per_Sample_IV_Size": "iv_size",
        "default_KID": "key_ID",
        "default_constant_IV": "constant_iv",
    },
    b"uuid": {"usertype": "extended_type"},
    b"vlab": {"source_label": "label"},
    b"avcC": _AVC_RECORD,
    b"avcE": _AVC_RECORD,
    b"svcC": _AVC_RECORD,
    b"mvcC": _AVC_RECORD,
    b"hvcC": _HEVC_RECORD,
    b"hvcE": _HEVC_RECORD,
}
"""Names of fields of boxes, by type."""

NAMES_OF_ENTRIES: Names = {
    "horizresolution": "horizontal_resolution",
    "vertresolution": "vertical_resolution",
    "compressorname": "compressor_name",
    "channelcount": "channels",
    "samplesize": "bits_per_sample",
    "samplerate": "sampling_rate",
}
"""Names of fields of sample entries, of video and of sound."""

NAMES_OF_ROWS: dict[bytes, tuple[str, Names]] = {
    b"trun": (
        "sample_info",
        {"sample_composition_time_offset": "sample_composition_time_offsets"},
    ),
    b"sidx": ("references", {"subsegment_duration": "segment_duration"}),
}
"""By type of box, the field with its rows, and the names of their fields."""


class StandardFields(Fields):
    """Fields that can be found by the standard's names too."""

    __slots__ = ()

    def names(self) -> Names:
        """pymp4's names, by the standard's, of the fields that may be here."""
        return {}

    def _key(self, name: Any) -> Any:
        """The key of a field; the name itself if no field has it."""
        if dict.__contains__(self, name):
            return name
        key = self.names().get(name)
        return key if key is not None and dict.__contains__(self, key) else name

    def __missing__(self, name: Any) -> Any:
        key = self._key(name)
        if key == name:
            raise KeyError(name)
        return dict.__getitem__(self, key)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, self._key(name))

    def get(self, name: Any, default: Any = None) -> Any:
        return dict.get(self, self._key(name), default)

    def __setitem__(self, name: Any, value: Any) -> None:
        super().__setitem__(self.names().get(name, name), value)

    __setattr__ = __setitem__

    def __delitem__(self, name: Any) -> None:
        super().__delitem__(self._key(name))

    __delattr__ = __delitem__

    def pop(self, name: Any, *default: Any) -> Any:
        return super().pop(self._key(name), *default)


class StandardBox(StandardFields):
    """A box of one of the types in `NAMES_OF_BOXES`."""

    __slots__ = ()

    def names(self) -> Names:
        return NAMES_OF_BOXES.get(dict.get(self, "type", b""), {})


class StandardEntry(StandardFields):
    """A sample entry."""

    __slots__ = ()

    def names(self) -> Names:
        return NAMES_OF_ENTRIES


class TrackRunRow(StandardFields):
    """A sample of `trun`."""

    __slots__ = ()

    def names(self) -> Names:
        return NAMES_OF_ROWS[b"trun"][1]


class SegmentIndexRow(StandardFields):
    """A reference of `sidx`."""

    __slots__ = ()

    def names(self) -> Names:
        return NAMES_OF_ROWS[b"sidx"][1]


def with_keys(obj: Mapping[str, Any], key: str, code: bytes) -> Mapping[str, Any]:
    """The fields that a box is built from, by their keys; they may be given by standard names.

    Args:
        obj: the fields.
        key: ``type`` or ``format``.
        code: the four-character code, without trailing spaces.

    Raises:
        BoxBuildError: a field is given twice, with different values.
    """
    if isinstance(obj, StandardFields):
        obj = PlainFields(dict.items(obj))  # its keys, hidden ones too, which are read faster
    else:
        names = NAMES_OF_ENTRIES if key == "format" else NAMES_OF_BOXES.get(code)
        if names is not None:
            obj = _renamed(obj, names)
    if code in NAMES_OF_ROWS:
        field, names = NAMES_OF_ROWS[code]
        rows: Any = obj.get(field)
        if type(rows) in (list, tuple):
            obj = {**obj, field: [_renamed(row, names) for row in rows]}
    return obj


def _renamed(obj: Any, names: Names) -> Any:
    if not isinstance(obj, dict) or names.keys().isdisjoint(dict.keys(obj)):
        return obj
    renamed: dict[str, Any] = {}
    for name, value in dict.items(obj):
        key = names.get(name, name)
        if key in renamed and renamed[key] != value:
            raise BoxBuildError(f"{key} is given twice, also as {name}, with different values")
        renamed[key] = value
    return renamed
