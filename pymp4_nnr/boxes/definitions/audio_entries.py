"""Audio sample entries (ISO/IEC 14496-12, 12.2.3; QuickTime's sound descriptions)."""

from __future__ import annotations

from typing import Any

from construct import Construct, Container, Default, Float64b, Int16sb, Int16ub, Int32ub

from ..constructs.exact import is_exact
from ..constructs.forms import Forms
from ..constructs.structs import Struct
from ..reader import window_on
from ..registry import CHILDREN, sample_entry
from .video_entries import VIDEO_ENTRY


class SoundExtension(Construct):
    """The fields that QuickTime's sound descriptions of versions 1 and 2 have before their boxes.

    An `AudioSampleEntryV1` of ISO/IEC 14496-12 has version 1 too, and no such fields: it is one
    where its boxes fit without them.
    """

    _FORMS = {  # noqa: RUF012
        1: Struct(
            "samples_per_packet" / Int32ub,
            "bytes_per_packet" / Int32ub,
            "bytes_per_frame" / Int32ub,
            "bytes_per_sample" / Int32ub,
        ),
        2: Struct(
            "sizeOfStructOnly" / Int32ub,
            "audioSampleRate" / Float64b,
            "numAudioChannels" / Int32ub,
            "always7F000000" / Default(Int32ub, 0x7F000000),
            "constBitsPerChannel" / Int32ub,
            "formatSpecificFlags" / Int32ub,
            "constBytesPerAudioPacket" / Int32ub,
            "constLPCMFramesPerAudioPacket" / Int32ub,
        ),
    }

    def __init__(self) -> None:
        super().__init__()
        self.flagembedded = True

    @property
    def exact(self) -> bool:
        """See `is_exact`."""
        return all(map(is_exact, self._FORMS.values()))

    @property
    def cases(self) -> dict[int, Construct]:
        """The forms by version."""
        return self._FORMS

    def _parse(self, stream: Any, context: Container, path: str) -> Container:
        window = window_on(stream)
        form = self._FORMS.get(context["version"])
        if form is None or (context["version"] == 1 and CHILDREN.fill(window)):
            return Container()
        return form._parse(window, context, path)

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> None:
        form = self._FORMS.get(context["version"])
        if form is not None and any(obj.get(field.name) is not None for field in form.subcons):
            form._build(obj, stream, context, path)


# The names are pymp4's, which are QuickTime's.
_BEFORE_RATE = (
    "version" / Default(Int16ub, 0),
    "revision" / Default(Int16ub, 0),
    "vendor" / Default(Int32ub, 0),
    "channels" / Default(Int16ub, 2),
    "bits_per_sample" / Default(Int16ub, 16),
    "compression_id" / Default(Int16sb, 0),
    "packet_size" / Default(Int16ub, 0),
)
_AFTER_RATE = (SoundExtension(), "children" / Default(CHILDREN, []))
AUDIO_FIELDS = (
    *_BEFORE_RATE,
    "sampling_rate" / Int16ub,
    "_sampling_rate_fraction" / Default(Int16ub, 0),
    *_AFTER_RATE,
)

sample_entry(
    *(b"enca", b"resa", b"icpa"),
    *(b"mp4a", b"ac-3", b"ec-3", b"ac-4", b"Opus", b"fLaC", b"alac", b"iamf"),
    *(b"samr", b"sawb", b"sawp", b"sevc", b"sqcp", b"ssmv", b"g719", b"g726", b".mp3"),
    *(b"mha1", b"mha2", b"mhm1", b"mhm2", b"m4ae", b"dtsc", b"dtsh", b"dtsl", b"dtse", b"dtsx"),
    *(b"dtsy", b"dts+", b"dts-", b"ipcm", b"fpcm", b"lpcm", b"twos", b"sowt", b"NONE"),
    *(b"in24", b"in32", b"fl32", b"fl64", b"ulaw", b"alaw", b"ima4", b"agsm", b"MAC3", b"MAC6"),
    *(b"QDM2", b"QDMC", b"Qclp", b"ms\0\2", b"ms\0\x11", b"ms\0U", b"wma", b"owma", b"spex"),
    fields=AUDIO_FIELDS,
)
# Dolby TrueHD in ISOBMFF: the rate is a whole number of 32 bits.
sample_entry(b"mlpa", fields=(*_BEFORE_RATE, "sampling_rate" / Int32ub, *_AFTER_RATE))
# QuickTime has sound and video of this type.
sample_entry(
    b"raw",
    fields=(Forms({"channels": Struct(*AUDIO_FIELDS), "width": Struct(*VIDEO_ENTRY)}),),
)
