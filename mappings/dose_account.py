"""The account of a dose: what was given against what was recorded, drawn up less wasted, and allowed at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Literal

from mappings.infusion import TOLERANCE, Segment, given_mg, mass_mg, milligrams, weight_kg
from mappings.quantities import Dose
from mappings.session import InfusionSession
from mappings.words import amount, fine, quantity

LEAST = Decimal("0.001")  # mg


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A dose that does not conserve. ``place``: the medication's in the record; ``field``: what contradicts it."""

    place: int
    label: str
    field: Literal["recorded_dose", "wasted"]
    given: Decimal
    stated: str

    @property
    def text(self) -> str:
        """The numbers, for people."""
        return f"{amount(fine(self.given), 'mg')} given by rate and time, {self.stated}"


@dataclass(frozen=True, slots=True)
class Excess:
    """More than the order's ceiling; ``since`` is when it was surely passed."""

    label: str
    given: Decimal
    ceiling: Dose
    since: datetime


def discrepancies(session: InfusionSession, found: Sequence[Segment]) -> Iterator[Discrepancy]:
    """Given = recorded, and given = drawn up − wasted, each within the tolerance. ``found``: the session's segments."""
    for place, product in enumerate(session.medications):
        given = given_mg(found, product.label)
        if given is None:
            continue
        recorded, drawn_up, wasted = product.recorded_dose, product.drawn_up, product.wasted
        if recorded is not None and not _close(given, mass_mg(recorded)):
            yield Discrepancy(place, product.label, "recorded_dose", given, f"{quantity(recorded)} recorded")
        if drawn_up is not None and wasted is not None and not _close(given, mass_mg(drawn_up) - mass_mg(wasted)):
            stated = f"{quantity(drawn_up)} drawn up and {quantity(wasted)} wasted"
            yield Discrepancy(place, product.label, "wasted", given, stated)


def _close(given: Decimal, stated: Decimal) -> bool:
    return abs(given - stated) <= max(TOLERANCE * stated, LEAST)


def excess(session: InfusionSession, found: Sequence[Segment]) -> Excess | None:
    """Whether more was given of what was ordered than its ceiling allows."""
    order = session.order
    if order is None or order.ceiling is None:
        return None
    label = order.medication or session.medications[0].label
    given, ceiling = given_mg(found, label), milligrams(order.ceiling, weight_kg(session))
    if given is None or ceiling is None or Fraction(given) <= ceiling:
        return None
    return Excess(label, given, order.ceiling, _passed(found, label, ceiling))


def _passed(found: Sequence[Segment], label: str, ceiling: Fraction) -> datetime:
    """The end of the segment with which the sum passes the ceiling."""
    parts = sorted((s for s in found if s.medication == label), key=lambda s: s.end or s.start)
    sums = accumulate(Fraction(part.dose_mg or 0) for part in parts)
    return next(part.end or part.start for part, total in zip(parts, sums, strict=True) if total > ceiling)
