"""What channels of sound are, how they are mixed down, and how loud they are.

ISO/IEC 14496-12, 12.2.4 to 12.2.7.
"""

from __future__ import annotations

from functools import partial

from construct import Container

from ...errors import BoxParseError
from ..constructs.bit_syntax import BitFields, BitSyntax
from ..constructs.full_box import FullBox
from ..definition import boxes_before
from ..registry import box, container_box

_CHANNELS, _OBJECTS = 1, 2
"""Bits of `stream_structure`."""

_EXPLICIT_POSITION = 126


def _speaker(f: BitFields) -> None:
    if f("speaker_position", 8) == _EXPLICIT_POSITION:
        f("azimuth", 16, signed=True)
        f("elevation", 8, signed=True)


def _layout_0(f: BitFields, context: Container) -> None:
    """Version 0. The number of speakers is that of the sample entry: they fill the box."""
    structure = f("stream_structure", 8)
    objects = structure & _OBJECTS
    if structure & _CHANNELS:
        if f("definedLayout", 8):
            f("omittedChannelsMap", 64)
        else:
            for speaker in f.each_to_end("speakers", but_last=8 if objects else 0):
                _speaker(speaker)
    if objects:
        f("object_count", 8)


def _layout_1(f: BitFields, context: Container) -> None:
    structure = f("stream_structure", 4)
    f("format_ordering", 4)
    f("baseChannelCount", 8)
    if not structure & _CHANNELS:
        return
    if f("definedLayout", 8):
        f("_reserved", 4)
        f("channel_order_definition", 3)
        if f("omitted_channels_present", 1):
            f("omittedChannelsMap", 64)
    else:
        for speaker in f.each("speakers", f.count("speakers", 8), minimum_bits=8):
            _speaker(speaker)


def _layout(f: BitFields, context: Container) -> None:
    (_layout_1 if context["version"] else _layout_0)(f, context)


def _base_channels(context: Container) -> int:
    """How many channels there are before mixing: by `chnl` if it tells, else the sample entry."""
    for other in boxes_before(context):
        count = other.get("baseChannelCount")
        if other["type"] == b"chnl" and count is not None:
            return int(count)
    entry: Container | None = context
    while entry is not None:
        if "channels" in entry:
            return int(entry["channels"])
        entry = entry.get("_")
    raise BoxParseError("nothing tells the number of channels before mixing")


def _coefficients(targets: int, context: Container) -> int:
    return targets * _base_channels(context)


def _downmix(f: BitFields, context: Container) -> None:
    """Coefficients of all target channels, each for all base channels."""
    new = context["version"] >= 1
    if new:
        f("_reserved", 1)
    name = "instructions"
    count = f.count(name, 7) if new else 1
    for mix in f.each(name, count, minimum_bits=24):
        mix("targetLayout", 8)
        mix("_reserved", 1)
        targets = mix("targetChannelCount", 7)
        in_stream = mix("in_stream", 1)
        mix("downmix_ID", 7)
        if in_stream:
            continue
        field = "bs_downmix_coefficient_v1" if new else "bs_downmix_coefficient"
        coefficients = mix.length_of(field, partial(_coefficients, targets, context))
        if new:
            mix("bs_downmix_offset", 4)
        mix.numbers(field, coefficients, 5 if new else 4)
        mix.align()


def _loudness(f: BitFields, context: Container) -> None:
    new = context["version"] >= 1
    if new and f("loudness_info_type", 2):
        raise BoxParseError("loudness_info_type is not 0")
    name = "loudness_bases"
    count = f.count(name, 6) if new else 1
    for base in f.each(name, count, minimum_bits=56 + 8 * new):
        if new:
            base("_reserved", 2)
            base("EQ_set_ID", 6)
        base("_reserved2", 3)
        base("downmix_ID", 7)
        base("DRC_set_ID", 6)
        base("bs_sample_peak_level", 12, signed=True)
        base("bs_true_peak_level", 12, signed=True)
        base("measurement_system_for_TP", 4)
        base("reliability_for_TP", 4)
        name = "measurements"
        for measurement in base.each(name, base.count(name, 8), minimum_bits=24):
            measurement("method_definition", 8)
            measurement("method_value", 8)
            measurement("measurement_system", 4)
            measurement("reliability", 4)


box(b"chnl", body=FullBox(BitSyntax(_layout, embedded=True), versions=(0, 1)))
box(b"dmix", body=FullBox(BitSyntax(_downmix, embedded=True), versions=(0, 1, 2)))
container_box(b"ludt")
box(b"tlou", b"alou", body=FullBox(BitSyntax(_loudness, embedded=True), versions=(0, 1)))
