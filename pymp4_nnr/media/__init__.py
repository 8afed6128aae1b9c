"""Files, tracks, samples and offsets: writing and reading MP4 files with NNR tracks."""

from .movie import FilesLike, Movie, NNRTrack
from .mux import mux
from .reader import Difference, demux, verify
from .remove import remove

__all__ = ["Difference", "FilesLike", "Movie", "NNRTrack", "demux", "mux", "remove", "verify"]
