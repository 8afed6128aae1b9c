"""Files laid out anew: new tracks, sections, offsets that move."""
