"""Files, tracks, samples and offsets: writing and reading MP4 files with NNR tracks."""

from .extract import Extracted, extract
from .movie import FilesLike, Movie, NNRTrack
from .mux import mux
from .reader import Difference, demux, verify
from .remove import remove
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
