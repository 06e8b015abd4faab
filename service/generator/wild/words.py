"""Odd texts, names and keys: all that JSON, HTML, sorting and line breaking stumble over. No control characters but
tab and line feed, and those in texts only. The first of each list is plain, for Hypothesis to shrink to.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.generator.dice import Dice

SOLID = (
    *("a", "Nausea", "0", "None", "null", "true", "-1", "1e9", "2026-01-01", "%s%n", "{{ 7 * 7 }}", "${x}"),
    *("\\", "\\u0041", "#", "/", "$", "a|b^c~d", "a,b;c", "a=b&c=d", "x' OR '1'='1", "../../etc", "urn:x:y"),
    *("<script>alert('x')</script>", "</div>", "<!--", "]]>", "&", "&amp;", "&lt;b&gt;", '"quoted"', "it's", "`tick`"),
    *("http://x.example/?q=<a>&b#c", "µ", "μ", "½", "№ 5", "٣", "Ⅷ", "½ mg", "–5", "10 % < 20 %", "…–“”"),
    *("é", "e\u0301", "\u0301", "ǆ", "ß", "ﬁ", "İı", "Å\u030a", "ñ\u0303\u0303", "z\u0335\u0489\u0337"),
    *("שלום", "مرحبا", "\u202eright to left\u202c", "\u2066isolate\u2069", "\u200fmark", "नमस्ते", "ไทย", "한국어"),
    *("漢字", "かな", "🙂", "👩\u200d👩\u200d👧", "🇺🇳", "𝔘𝔫", "𠜎", "\ufeffbom", "zero\u200bwidth", "soft\u00adhyphen"),
)
WHITE = (" ", "  ", "\u00a0", "\u3000", "\u2028", "\t", "\n", "\n\n")
IN_NAMES = 3
# Blocks with letters and signs only: Latin, Greek, Hebrew, Chinese, pictures
LATIN = ((0x21, 0x7E), (0xA1, 0xFF), (0x100, 0x17F))
BLOCKS = (*LATIN, (0x391, 0x3C9), (0x5D0, 0x5EA), (0x4E00, 0x4FFF), (0x1F600, 0x1F640))


def text(dice: Dice, most: int = 300) -> str:
    """Words with any white space between them."""
    return _joined(dice, WHITE, most)


def name(dice: Dice) -> str:
    """Words on one line."""
    return _joined(dice, WHITE[:IN_NAMES], 200)


def _joined(dice: Dice, between: Sequence[str], most: int) -> str:
    found = _word(dice)
    for _ in range(dice.weighed({0: 5, 1: 3, 2: 1, 5: 1})):
        found += (dice.pick(between) if dice.chance(0.6) else "") + _word(dice)
    if dice.chance(0.03):
        found = (found + "-") * most
    return found[:most]


def _word(dice: Dice) -> str:
    if not dice.chance(0.15):
        return dice.pick(SOLID)
    low, high = dice.pick(BLOCKS)
    return "".join(chr(dice.whole(low, high)) for _ in range(dice.whole(1, 4)))


def key(dice: Dice) -> str:
    """Odd, but of the few letters that a key may have."""
    return dice.pick(("a", "A-1", "0", "x.y_z", "9.", "K--", "Z_.-", "a" * 64, "CamelCase", "00012"))


def fixed(serial: int) -> str:
    """A word that hangs on the serial alone: the same thing has the same name in every document."""
    return SOLID[serial % len(SOLID)]
