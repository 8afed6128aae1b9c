"""NNR bitstreams (ISO/IEC 15938-17): units and bits. Knows nothing of boxes or files of boxes."""
