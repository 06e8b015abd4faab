"""The staff and the referrers of the made-up clinics. Everybody is clearly synthetic, and the same in every document.

NPIs have a correct check digit and begin with 29998, so that they are nobody's and none of the hand-made fixtures'.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from service.generator.dice import Dice
from service.generator.units import Document

ORDERING = ("Juniper", "Sequoia", "Cypress", "Tamarack", "Baobab")
NURSING = ("Bramble", "Clover", "Fern", "Heather", "Ivy", "Jasmine", "Lavender", "Marigold")
WITNESSES = ("Nettle", "Orchid", "Peony")
REFERRING = ("Saffron", "Tansy", "Vetch", "Yarrow", "Zinnia", "Dahlia", "Primrose")
GIVEN = ("Ines", "Tomas", "Ruth", "Kofi", "Mei", "Anders", "Leila", "Jean-Luc", "Siobhán", "Paweł")


def npi(serial: int) -> str:
    """The serial with its check digit: Luhn, behind the prefix 80840."""
    stem = f"29998{serial:04d}"
    digits = [int(digit) for digit in reversed("80840" + stem)]
    total = sum(digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits))
    return f"{stem}{-total % 10}"


@lru_cache(maxsize=128)
def _person(stem: str, place: int, first: int) -> tuple[tuple[str, object], ...]:
    """Known by NPI and id, by NPI, by id, or by name alone: which, hangs on the person."""
    serial = first + place
    known: dict[str, object] = {"npi": npi(serial), "id": f"gen-staff-{serial}"}
    if place % 4 == 1:
        del known["id"]
    if place % 4 == 2:
        del known["npi"]
    if place % 4 == 3 and first == 300:
        known = {}
    given = [GIVEN[serial % 10]] if place % 5 else [GIVEN[serial % 10], GIVEN[(serial + 3) % 10]]
    return (*known.items(), ("family", f"Synthetic-{stem}"), ("given", given))


def _one_of(dice: Dice, stems: tuple[str, ...], first: int) -> Document:
    place = dice.below(len(stems))
    return dict(_person(stems[place], place, first))


def referrer(dice: Dice) -> Document:
    return _one_of(dice, REFERRING, 300)


def staff(dice: Dice) -> list[Document]:
    """The people of one session. Sometimes one nurse administers and monitors."""
    return [{"role": role, **person} for role, person in _roles(dice)]


def _roles(dice: Dice) -> Iterator[tuple[str, Document]]:
    nurse = _one_of(dice, NURSING, 200)
    yield "ordering", _one_of(dice, ORDERING, 100)
    yield "administering", nurse
    if dice.chance(0.8):
        yield "monitoring", nurse if dice.chance(0.2) else _one_of(dice, NURSING, 200)
    if dice.chance(0.7):
        yield "witness", _one_of(dice, WITNESSES, 400)
