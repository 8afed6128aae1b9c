"""Files, tracks, samples and offsets: writing and reading MP4 files with NNR tracks."""

from .extract import Extracted, extract
from .mux import mux
from .reading.movie import FilesLike, Movie, NNRTrack
from .remove import remove
from .restore import Difference, demux, verify
from .tensors import tensors

__all__ = [
    "Difference",
    "Extracted",
    "FilesLike",
    "Movie",
    "NNRTrack",
    "demux",
    "extract",
    "mux",
    "remove",
    "tensors",
    "verify",
]
