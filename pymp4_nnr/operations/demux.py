"""`demux`: restore the NNR bitstream of a track, byte for byte."""

from __future__ import annotations

from ..io.output import Progress, TargetLike, check_target, write_pieces
from ..io.source import FilesLike
from ..movie.movie import Movie


def demux(
    source: FilesLike,
    target: TargetLike,
    *,
    track_id: int | None = None,
    overwrite: bool = True,
    progress: Progress | None = None,
) -> int:
    """Restore the NNR bitstream of a track, byte for byte.

    Only box headers, `moov` and `moof` are parsed; samples are copied.

    Args:
        source: an MP4 file (path, buffer, binary file object), or a list of them: an
            initialization segment and its media segments.
        target: the file to write, which appears only when it is complete; or a binary file object.
        track_id: the track; may be left out where there is one NNR track.
        overwrite: whether a target that exists may be replaced.
        progress: called with the number of bytes written since the last call.

    Returns:
        Size of the bitstream in bytes.

    Raises:
        FileFormatError: the source is not an MP4 file, or its boxes are broken.
        TrackError: there is no such NNR track, or several and none is chosen.
        SampleTableError: the samples of the track cannot be located.
        OutputError: the target exists and may not be replaced, or is the source.
        OSError: reading or writing fails.
    """
    with Movie(source) as movie:
        check_target(target, overwrite=overwrite, inputs=[movie.source])
        return write_pieces(
            movie.track(track_id).pieces(),
            target,
            overwrite=overwrite,
            inputs=[movie.source],
            progress=progress,
        )
