"""NNR bitstreams (ISO/IEC 15938-17): units, their syntax elements, their tensors; no boxes."""
