"""Neural networks compressed by MPEG NNC (ISO/IEC 15938-17) in MP4 files (ISO/IEC 14496-12)."""

__version__ = "0.1.0"
