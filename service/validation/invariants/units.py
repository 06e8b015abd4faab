"""How many of one unit make another, as far as that can be told without UCUM's tables: metric prefixes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

UCUM = "http://unitsofmeasure.org"
PREFIXES = {
    "": 0, "n": -9, "u": -6, "m": -3, "c": -2, "d": -1, "k": 3, "M": 6, "G": 9,
}  # fmt: skip
METRIC = re.compile(r"(?P<prefix>[numcdkMG]?)(?P<unit>(g|L|l|mol|m|s|Pa|Hz|V|W)(?![A-Za-z]).*)")


def ratio(one: dict[str, Any], other: dict[str, Any]) -> Decimal | None:
    """One of the first quantity's unit in the second's, or None."""
    if _unit(one) == _unit(other):
        return Decimal(1)
    if one.get("system") != UCUM or other.get("system") != UCUM:
        return None
    a, b = METRIC.fullmatch(str(one.get("code"))), METRIC.fullmatch(str(other.get("code")))
    if a is None or b is None or a["unit"] != b["unit"]:
        return None
    return Decimal(1).scaleb(PREFIXES[a["prefix"]] - PREFIXES[b["prefix"]])


def _unit(quantity: dict[str, Any]) -> object:
    return (quantity["system"], quantity["code"]) if {"system", "code"} <= set(quantity) else quantity.get("unit")
