"""`tensors`: where the tensors of a network lie in a file."""

from __future__ import annotations

from ..bitstream.tensor_index import TensorIndex
from ..io.source import FilesLike
from .inspect import FileInfo


def tensors(source: FilesLike, track_id: int | None = None) -> TensorIndex:
    """Index the tensors of an NNR bitstream, or of an NNR track of an MP4 file.

    The data of the tensors is not read: of each NNR_NDU the first 256 bytes are, in one piece,
    and more only where its header is longer; of an MP4 file also box headers and `moov`. So a
    tensor of a large remote file is found by a few small requests, and then read by one::

        index = pymp4_nnr.tensors(remote_file)
        for part in index.tensors["conv1.weight"]:
            print(part.sample_number, part.offset, part.size, part.dimensions)
            unit = part.unit.read()

    Args:
        source: a path, buffer or binary file object, which need not have a file descriptor; or a
            list of them: an initialization segment and its media segments.
        track_id: the track of an MP4 file; may be left out where it has one NNR track.

    Returns:
        The index: `tensors` gives the NDUs of each name, each NDU a `Part`; `find` and
        `decodable` choose among them. Offsets are those of the file (of all files, one after the
        other). A file opened here stays open as long as the index is in use.

    Raises:
        BitstreamError: the source is not an NNR bitstream, nor an MP4 file.
        FileFormatError, SampleTableError: the MP4 file is broken.
        TrackError: there is no such NNR track, or several and none is chosen.
        OSError: the source cannot be read.
    """
    file = FileInfo(source)
    try:
        return file.tensors(file.track(track_id))
    except BaseException:
        file.close()
        raise
