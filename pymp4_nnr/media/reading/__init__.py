"""MP4 files as they are: movies, their NNR tracks, where samples lie and when."""
