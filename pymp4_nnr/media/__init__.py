"""Files, tracks, samples and offsets: writing and reading MP4 files with NNR tracks."""

from .movie import FilesLike, Movie, NNRTrack
from .reader import Difference, demux, verify
from .writer import mux

__all__ = ["Difference", "FilesLike", "Movie", "NNRTrack", "demux", "mux", "verify"]
