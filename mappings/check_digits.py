"""Check digits: a slip of the finger in a code or a number names something else, and these catch it."""

from __future__ import annotations

import re

LOINC = re.compile(r"(?:LA|LL|LP)?[0-9]{1,7}-[0-9]")
SNOMED = re.compile(r"[1-9][0-9]{5,17}")
NPI = re.compile(r"[0-9]{10}")
# The multiplication of the dihedral group D5, and the permutation for each place: Verhoeff's scheme.
PRODUCT = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
PLACES = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def mod10(digits: str) -> int:
    """Luhn's check digit of what stands before it; letters (LOINC's ``LA…``) count by their place after 0 in ASCII."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - ord("0")
        total += 2 * value - value // 5 * 9 if place % 2 == 0 else value
    return -total % 10


def verhoeff(number: str) -> bool:
    """Whether the last digit is Verhoeff's check digit of the others."""
    check = "0"
    for place, digit in enumerate(reversed(number)):
        check = PRODUCT[int(check)][int(PLACES[place % 8][int(digit)])]
    return check == "0"


def is_loinc(code: str) -> bool:
    number, _, check = code.partition("-")
    return LOINC.fullmatch(code) is not None and mod10(number) == int(check)


def is_snomed(code: str) -> bool:
    """A concept: its partition (the two digits before the check digit) is 00, or 10 in an extension."""
    return SNOMED.fullmatch(code) is not None and code[-3:-1] in ("00", "10") and verhoeff(code)


def is_npi(npi: str) -> bool:
    """Luhn behind the prefix 80840, which stands for health care in the USA."""
    return NPI.fullmatch(npi) is not None and mod10("80840" + npi[:9]) == int(npi[9])
