"""Exact figures as callers write them: decimals or fractions in text."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, Field


def _exact(text: str) -> str:
    Fraction(text)
    return text


Exact = Annotated[str, Field(max_length=40, pattern=r"^-?[0-9]+(\.[0-9]+|/[1-9][0-9]*)?$"), AfterValidator(_exact)]
"""An exact figure: a decimal such as `0.085`, or a fraction such as `1/3`."""
