"""Whether a text is a UCUM unit: its syntax without parentheses, and the atoms that a clinic meets.

https://ucum.org/ucum: components joined by ``.`` and ``/``, each a prefix and an atom with an exponent, a number, or an
annotation such as ``{score}``. An atom that is not listed here is refused: better asked for than taken unread.
"""

from __future__ import annotations

import re

PREFIXES = "da|[YZEPTGMkhdcmunpfazy]"
METRIC = ("m", "g", "s", "L", "l", "mol", "eq", "osm", "Pa", "m[Hg]", "bar", "J", "W", "V", "A", "Hz", "N", "K", "Cel",
          "cal", "U", "kat", "Bq", "Gy", "Sv", "[IU]", "[iU]")  # fmt: skip
OTHER = ("min", "h", "d", "wk", "mo", "a", "%", "[degF]", "[lb_av]", "[oz_av]", "[in_i]", "[ft_i]", "[drp]", "[pH]",
         "[ppm]", "deg", "10*", "10^")  # fmt: skip


def _any_of(atoms: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, sorted(atoms, key=len, reverse=True)))


ANNOTATION = r"\{[!-z|~]*\}"
COMPONENT = (
    rf"(?:(?:{_any_of(OTHER)}|(?:{PREFIXES})?(?:{_any_of(METRIC)}))[+-]?[0-9]*(?:{ANNOTATION})?|[0-9]+|{ANNOTATION})"
)
UNIT = re.compile(rf"/?{COMPONENT}(?:[./]{COMPONENT})*")


def is_ucum(unit: str) -> bool:
    return UNIT.fullmatch(unit) is not None
