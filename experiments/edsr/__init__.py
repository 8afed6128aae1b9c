"""The experiment of the source paper: EDSR, encoded, put into MP4, restored, decoded and run."""
