"""Constructs that definitions of boxes are made of."""
