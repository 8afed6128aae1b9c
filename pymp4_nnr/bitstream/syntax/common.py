"""Questions about the context that several unit types have."""

from __future__ import annotations

from ..context import Context
from .base import Syntax


def edition2(s: Syntax, context: Context) -> bool:
    """Whether the elements of edition 2 are present; stops where the profile does not tell."""
    profile = context.general_profile_idc
    if profile is None:
        s.unknown("general_profile_idc is not known: the last NNR_STR is incomplete")
    if profile > 1:
        s.unknown(f"general_profile_idc {profile} is reserved: its syntax is not known")
    return profile == 1


def known(s: Syntax, name: str, value: int | None) -> int:
    """The value of a flag of the last NNR_MPS; stops where that could not be read."""
    if value is None:
        s.unknown(f"{name} is not known: the last NNR_MPS is incomplete")
    return value
