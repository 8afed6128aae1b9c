"""Measurements: ``python -m benchmarks`` prints them as Markdown tables."""
