"""Who and what a wild session may name. What has an id or an NPI has the same words in every document."""

from __future__ import annotations

from collections.abc import Iterator

from service.generator.dice import Dice
from service.generator.people import npi
from service.generator.units import Document
from service.generator.wild.moments import Moments
from service.generator.wild.words import SOLID, fixed, name, text

SYSTEMS = ("urn:oid:2.999.7.2", "https://x.example/id?a=1&b=2", "http://x.example/a#b", "urn:x-synthetic:number")
SEXES = ("female", "male", "other", "unknown")


def person(dice: Dice) -> Document:
    """By NPI, by id, by both or by name alone; from a few, so that one is met in two roles."""
    serial = dice.below(4) if dice.chance(0.5) else dice.below(len(SOLID))
    found: Document = {}
    if serial % 4 in (0, 2):
        found["npi"] = npi(9000 + serial)
    if serial % 4 in (1, 2):
        found["id"] = f"wild-staff.{serial}_"
    given = [fixed(serial + place) for place in range(serial % 3)]
    return {**found, "family": f"Synthetic-{fixed(serial)}{serial}", **({"given": given} if given else {})}


def device(serial: int) -> Document:
    """Which of its fields are known hangs on the bits of the serial."""
    kind = "monitor" if serial & 1 else "infusion-pump"
    names = ("name", "manufacturer", "model", "serial")
    known = {field: f"{fixed(serial + bit)} {serial}" for bit, field in enumerate(names) if serial >> bit + 1 & 1}
    return {"id": f"wild-device-{serial}.", "type": kind, **known}


def devices(dice: Dice) -> list[Document]:
    return [device(serial) for serial in dice.some(range(32), 4)]


def location(dice: Dice) -> Document:
    if dice.chance(0.5):
        return {"name": name(dice)}
    serial = dice.below(12)
    return {"id": f"wild-room-{serial}", "name": f"{fixed(serial * 5)} {serial}"}


def patient(dice: Dice, unique: str, moments: Moments) -> Document:
    found = dict(_identity(dice, unique))
    found["family"] = f"Synthetic-{name(dice)}"[:200]
    if dice.chance(0.6):
        found["given"] = [name(dice) for _ in range(dice.below(4))]
    born = moments.day.year - dice.whole(1, 110)
    exact = dice.pick((10, 7, 4))
    found["birth_date"] = f"{born}-{dice.whole(1, 12):02d}-{dice.whole(1, 28):02d}"[:exact]
    found["sex"] = dice.pick(SEXES)
    return {**found, "phone": name(dice)} if dice.chance(0.5) else found


def _identity(dice: Dice, unique: str) -> Iterator[tuple[str, object]]:
    """The clinic's number, other identifiers, or both; the first of them is unique."""
    numbered = not dice.chance(0.4)
    if numbered:
        yield "mrn", f"SYN-{unique}"
    if not numbered or dice.chance(0.4):
        more = [{"system": dice.pick(SYSTEMS), "value": name(dice)} for _ in range(dice.below(3))]
        yield "identifiers", [{"system": dice.pick(SYSTEMS), "value": f"SYN-{unique}-{fixed(dice.below(30))}"}, *more]


def referral(dice: Dice, moments: Moments, number: str) -> Document:
    found: Document = {"referrer": person(dice)}
    if dice.chance(0.5):
        found["number"] = number
    if dice.chance(0.5):
        found["date"] = moments.day.replace(year=moments.day.year - dice.below(2), day=dice.whole(1, 28)).isoformat()
    return {**found, "reason": text(dice)} if dice.chance(0.5) else found
