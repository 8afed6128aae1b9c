"""The errors that pymp4-nnr raises: a tree of classes, one for each rule that is broken.

The message of an error says what is wrong and where: in which file, NNR unit or box, and at which
byte offset, as far as these apply. Programs find the same in attributes, and the rule in `code`,
which stays the same from version to version. `docs/errors.md` lists the codes.
"""

from __future__ import annotations

from .nnr_error import NNRError as NNRError
from .nnr_error import in_file as in_file

# --- NNR bitstreams ---------------------------------------------------------------------------


class BitstreamError(NNRError, code="bitstream"):
    """The data is not a sequence of NNR units."""


class NotBitstreamError(BitstreamError, code="not-a-bitstream"):
    """The file is an MP4 file where an NNR bitstream is needed."""


class EmptyBitstreamError(BitstreamError, code="bitstream-empty"):
    """The bitstream is empty."""


class UnitSizeError(BitstreamError, code="unit-size-too-small"):
    """`nnr_unit_size` is too small for the size field and the unit header."""


class TruncatedUnitError(BitstreamError, code="unit-truncated"):
    """The data ends within a unit."""


class TrailingBytesError(BitstreamError, code="trailing-bytes"):
    """There are bytes after the last unit, too few to be a unit."""


class SyntaxElementError(BitstreamError, code="syntax-element"):
    """A syntax element cannot be read from the data, or its value cannot be written."""


class TensorNotFoundError(BitstreamError, code="tensor-not-found"):
    """There is no tensor of that name, or no sample of that number."""


class StoredIndexError(BitstreamError, code="stored-index-broken"):
    """The tensor index stored in a file contradicts itself."""


# --- boxes ------------------------------------------------------------------------------------


class HostError(NNRError, code="pymp4-not-supported"):
    """pymp4 or construct is not as `register` expects it, for example a version not supported."""


class BoxError(NNRError, code="box"):
    """A box cannot be read or written."""


class BoxParseError(BoxError, code="box-not-readable"):
    """The data is not a box, or the box is truncated."""


class BoxHeaderError(BoxParseError, code="box-header-impossible"):
    """A box header is cut off, or its size is smaller than the header."""


class TruncatedBoxError(BoxParseError, code="box-truncated"):
    """The data ends before a box does.

    Attributes:
        available: how many bytes of the box there are.
    """

    def __init__(
        self,
        reason: str,
        *,
        available: int = 0,
        unit_index: int | None = None,
        box_path: str | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(reason, unit_index=unit_index, box_path=box_path, offset=offset)
        self.available = available


class BoxBuildError(BoxError, code="box-not-buildable"):
    """A box cannot be built from an object."""


# --- files and tracks -------------------------------------------------------------------------


class MediaError(NNRError, code="media"):
    """A file cannot be read or written as asked."""


class SourceError(MediaError, code="source-not-usable"):
    """What is given to read from is no source, has been closed, or has been shortened."""


class ShortenedError(SourceError, code="source-shortened"):
    """A file has become shorter while it was read."""


class MissingBytesError(MediaError, code="bytes-outside-file"):
    """Bytes are needed that lie behind the end of the file."""


class ArgumentError(MediaError, code="argument-not-usable"):
    """An argument is of a kind that cannot be used."""


class BoxNotFoundError(MediaError, code="box-not-found"):
    """A path leads to no box of the file."""


class NotStorableError(MediaError, code="not-storable"):
    """What is asked for cannot be written into the boxes of the file."""


class FileFormatError(MediaError, code="file-format"):
    """A file is not an MP4 file or NNR bitstream, or it is broken."""


class NotMP4Error(FileFormatError, code="not-mp4"):
    """The file is not an MP4 file, or has no `moov`."""


class BrokenFileError(FileFormatError, code="top-level-box-broken"):
    """A top-level box has an impossible header."""


class CutOffFileError(FileFormatError, code="box-outside-file"):
    """A top-level box runs past the end of the file."""


class SecondMovieError(FileFormatError, code="moov-repeated"):
    """There is a second `moov`."""


class NotEditableError(FileFormatError, code="not-editable"):
    """`moov` is compressed or broken: the file cannot be rewritten without harm."""


class WeightsFileError(FileFormatError, code="weights-file-broken"):
    """A file of weights (safetensors, or a PyTorch state dict) cannot be read."""


class TrackIDError(FileFormatError, code="track-id-repeated"):
    """Two tracks have the same track_ID."""


class TrackError(MediaError, code="track"):
    """A track cannot be read."""


class TrackNotFoundError(TrackError, code="track-not-found"):
    """There is no such track, network, item or round."""


class TrackNotChosenError(TrackError, code="track-not-chosen"):
    """There are several tracks, networks or items, and it is not said which."""


class TrackNamesError(TrackError, code="names-not-one-each"):
    """There are not as many names as tracks."""


class ExternalDataError(TrackError, code="data-in-other-file"):
    """The samples do not lie at offsets of the file itself."""


class ConfigurationError(TrackError, code="configuration-broken"):
    """`nnrC` is missing, repeated, broken, or contradicts the samples."""


class LostUnitsError(TrackError, code="sample-groups-lost"):
    """A program that rewrote the file has lost the sample groups with units."""


class UnclearRepetitionError(TrackError, code="repetition-unclear"):
    """It cannot be told whether a segmenter has repeated the last sample."""


class SampleTableError(MediaError, code="sample-table"):
    """Sample tables or movie fragments contradict each other or the size of the file."""


class MissingBoxError(SampleTableError, code="box-missing"):
    """A mandatory box is missing."""


class BrokenBoxError(SampleTableError, code="box-broken"):
    """The fields of a box cannot be read."""


class MissingFieldError(SampleTableError, code="field-missing"):
    """A box has no such field, in the version that it has."""


class SampleOutsideFileError(SampleTableError, code="sample-outside-file"):
    """A sample does not lie in the file, or not in its media data."""


class SampleCountError(SampleTableError, code="sample-count-contradiction"):
    """The tables do not agree on the number of samples, or claim more than the file can hold."""


class SampleOverlapError(SampleTableError, code="samples-overlap"):
    """Samples overlap so much that they have more bytes together than the file."""


class ChunkOrderError(SampleTableError, code="chunk-order"):
    """`first_chunk` of `stsc` does not begin with 1, or does not increase."""


class SampleDescriptionError(SampleTableError, code="sample-description-missing"):
    """Samples use a sample description that is not there, or is no `nnr1`."""


class SampleSizeError(SampleTableError, code="sample-size-contradiction"):
    """A sample is not as long as its own `nnr_unit_size` says, or has no size."""


class SampleTypeError(SampleTableError, code="sample-not-ndu"):
    """A sample is no NNR_NDU, or `nnrC` holds one."""


class SampleGroupError(SampleTableError, code="sample-group-broken"):
    """A sample group that carries units contradicts the samples, or holds no units."""


class FragmentOrderError(SampleTableError, code="fragment-order"):
    """A movie fragment is decoded before the one in front of it has ended, or is there twice."""


class OffsetError(SampleTableError, code="offset-outside-file"):
    """An offset points outside the file's boxes, or away from what it is relative to."""


class ItemError(SampleTableError, code="item-outside-file"):
    """An item of a `meta` box does not lie in the file."""


class TensorIndexError(MediaError, code="tensor-index-wrong"):
    """A sample is not what the tensor index stored in its file says."""


class RemoteError(MediaError, code="server"):
    """A server does not give a file; `file` is the URL, without its secrets.

    A file that does not exist on it is a `FileNotFoundError`, one that may not be read a
    `PermissionError`, as on a disk.
    """


class ServerUnavailableError(RemoteError, code="server-unavailable"):
    """A server cannot be reached, breaks off, is busy or too slow, several times in a row."""


class ServerAnswerError(RemoteError, code="server-answer-wrong"):
    """A server answers something else than it was asked for."""


class RangeIgnoredError(RemoteError, code="server-ignores-range"):
    """A server sends a whole file, too large for that, instead of the part asked for."""


class RemoteChangedError(RemoteError, code="server-file-changed"):
    """A file on a server is another one than when it was opened."""


class RemoteLimitError(RemoteError, code="server-file-too-large"):
    """A file on a server needs more memory, or has more boxes, than is read from a server."""


class UrlError(RemoteError, code="url-not-supported"):
    """A URL is none, or of a kind that is not known."""


class NotStreamableError(MediaError, code="not-streamable"):
    """A file cannot be read as it arrives: its bytes are needed in another order."""


class LimitError(MediaError, code="limit"):
    """A value or size exceeds what the file format can hold, such as an `nnrC` box of 4 GiB."""


class HeldSizeError(LimitError, code="unit-too-large"):
    """A unit or box of a file that is read as it arrives is larger than what may be held."""


class ArgumentRangeError(LimitError, code="argument-out-of-range"):
    """An argument is a number that is too small or too large."""


class RepeatedDataError(LimitError, code="repeats-exceed-file"):
    """What the file has once and refers to many times would have many times its size."""


class OutputSizeError(LimitError, code="output-too-large"):
    """What is asked for would print or write many times the size of the file."""


class TooLargeError(LimitError, code="too-large-for-format"):
    """What is to be written passes the sizes or offsets that its boxes can hold."""


class ExtraMissingError(MediaError, code="extra-missing"):
    """What is asked for needs an extra of this package that is not installed."""


class OutputError(MediaError, code="output"):
    """The output may not be written."""


class OutputExistsError(OutputError, code="output-exists"):
    """The output exists, and may not be replaced."""


class OutputIsInputError(OutputError, code="output-is-input"):
    """The output is the input."""


class OutputNameError(OutputError, code="output-not-a-file"):
    """The output is a folder, no file name, or no binary file object."""


class OutputDiffersError(OutputError, code="output-differs"):
    """What was written, or is about to be, is not what it must be."""


class OutputBusyError(OutputError, code="output-busy"):
    """Another process is writing the output."""


# --- the codec --------------------------------------------------------------------------------


class CodecError(NNRError, code="codec"):
    """The NNC codec cannot do what is asked of it."""


class CodecMissingError(CodecError, code="codec-missing"):
    """The NNC codec, or what it needs, is not installed."""


class NotDecodableError(CodecError, code="not-decodable"):
    """The headers do not tell all that the codec needs, or ask for what it cannot do."""


class NotEncodableError(CodecError, code="not-encodable"):
    """A tensor, its name or an option is not one that the codec encodes."""


class CodecFailedError(CodecError, code="codec-failed"):
    """The process of the codec has ended, or its answer is not the one announced."""


class CodecTimeError(CodecError, code="codec-time"):
    """The codec takes longer than it may."""


class DecodedSizeError(CodecError, code="decoded-size"):
    """Decoding would take more memory than the caller allows, or than the codec can address."""
