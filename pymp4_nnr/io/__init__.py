"""Byte sources, byte ranges and outputs; nothing here knows what the bytes mean."""
