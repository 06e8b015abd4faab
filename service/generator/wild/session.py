"""One wild session. What the session model asks of a record is kept; everything else is left to the dice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mappings.quantities import Concentration, Dose, Height, Mass, Record, Weight
from mappings.session import InfusionSession, Medication, Patient, Preparation
from service.generator.concepts import Tables
from service.generator.dice import Dice
from service.generator.units import Document, quantity, units
from service.generator.wild.cast import devices, location, patient, person, referral
from service.generator.wild.concepts import concept
from service.generator.wild.events import MAKERS, Scene, other_event
from service.generator.wild.infusions import Dated, lanes
from service.generator.wild.moments import Moments
from service.generator.wild.numbers import amount, positive
from service.generator.wild.words import key, name

STATUSES = ("completed", "in-progress", "not-done", "stopped", "entered-in-error")
ROLES = ("ordering", "administering", "monitoring", "witness")
PHASES = ("induction", "maintenance", "booster")
RESULTS = ("negative", "positive", "not-done", "inconclusive")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What happens, drawn before how: so Hypothesis can take out one thing and leave the others as they are.

    ``lanes`` are, for each medication, how many infusion events and boluses it has.
    """

    status: str
    lanes: tuple[tuple[int, int], ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, dice: Dice) -> Skeleton:
        status, medications = dice.pick(STATUSES), dice.weighed({1: 5, 0: 2, 2: 2, 3: 1})
        lanes = tuple((dice.below(9), dice.weighed({0: 6, 1: 2, 3: 1})) for _ in range(medications))
        return cls(status, lanes, tuple(dice.pick(tuple(MAKERS)) for _ in range(dice.below(10))))


def wild_session(dice: Dice, tables: Tables, number: str) -> Document:
    skeleton, moments = Skeleton.of(dice), Moments(dice)
    scene, status = Scene(dice, tables, moments), skeleton.status
    medications = _medications(scene, len(skeleton.lanes))
    labels = [medication.get("label", "infusion") for medication in medications]
    infused = [] if status == "not-done" else list(lanes(dice, moments, labels, skeleton.lanes))
    found = {
        "number": number,
        "status": status,
        "patient": patient(dice, number, moments),
        "start": moments.start,
        **scene.optional(
            end=lambda: _end(scene, infused),
            recorded=moments.any,
            status_reason=scene.text,
            course=lambda: _course(scene),
            referral=lambda: referral(dice, moments, key(dice)),
            indications=lambda: _list(dice, lambda: concept(dice, scene.tables, "indication")),
            location=lambda: location(dice),
            staff=lambda: _list(dice, lambda: {**person(dice), "role": dice.pick(ROLES)}),
            devices=lambda: devices(dice),
            preparation=lambda: _preparation(scene),
            after=lambda: _after(scene),
        ),
    }
    if labels and dice.chance(0.6):
        found["order"] = _order(scene, labels)
    if status in ("stopped", "not-done"):
        found.setdefault("status_reason", scene.text())
    found |= {"medications": medications} if medications else {}
    events = list(_interleaved(dice, infused, [other_event(scene, type_) for type_ in skeleton.others]))
    found |= {"events": events} if events or dice.chance(0.2) else {}
    return _spelled_out(found) if dice.chance(0.1) else found


def _list(dice: Dice, make: Any) -> list[Any]:
    return [make() for _ in range(dice.weighed({1: 3, 0: 1, 2: 3, 4: 1}))]


def _end(scene: Scene, infused: Sequence[Sequence[Dated]]) -> str:
    """With the last infusion event or after it."""
    last = max((at for lane in infused for at, _ in lane), default=timedelta())
    return scene.moments.write(last + scene.dice.pick((timedelta(), timedelta(hours=1), timedelta(microseconds=1))))


def _interleaved(dice: Dice, infused: Sequence[Sequence[Dated]], others: Sequence[Document]) -> Iterator[Document]:
    """Each lane in its own order; across lanes, in any order."""
    queues = [[event for _, event in lane] for lane in infused] + [list(others)]
    while queues := [queue for queue in queues if queue]:
        yield dice.pick(queues).pop(0)


def _medications(scene: Scene, count: int) -> list[Document]:
    """Sometimes the same product twice, under two labels."""
    dice, found = scene.dice, list[Document]()
    for place in range(count):
        same = found and dice.chance(0.3)
        made = {**found[-1]} if same else _medication(scene)
        if place or dice.chance(0.4):
            made["label"] = f"{key(dice)[:60]}.{place}" if place else dice.pick(("infusion", key(dice)))
        found.append(made)
    return found


def _medication(scene: Scene) -> Document:
    dice = scene.dice

    def mass() -> Document:
        return amount(dice, Mass)

    return {
        "drug": concept(dice, scene.tables, "drug"),
        **scene.optional(
            concentration=lambda: amount(dice, Concentration, above_zero=True),
            lot=lambda: name(dice),
            expires=lambda: scene.moments.day.replace(day=dice.whole(1, 28)).isoformat(),
            drawn_up=mass,
            wasted=mass,
            waste_witness=lambda: name(dice),
            recorded_dose=mass,
        ),
    }


def _order(scene: Scene, labels: Sequence[str]) -> Document:
    dice = scene.dice
    named = {} if len(labels) == 1 and dice.chance(0.5) else {"medication": dice.pick(labels)}
    return {
        **named,
        "dose": amount(dice, Dose),
        **scene.optional(
            duration_minutes=lambda: positive(dice),
            ceiling=lambda: amount(dice, Dose),
            ordered=scene.moments.any,
        ),
    }


def _course(scene: Scene) -> Document:
    dice = scene.dice
    return {
        "id": key(dice),
        **scene.optional(
            phase=lambda: dice.pick(PHASES), number=lambda: dice.whole(1, 999), planned=lambda: dice.whole(1, 40)
        ),
    }


def _preparation(scene: Scene) -> Document:
    dice, moments = scene.dice, scene.moments

    def test() -> Document:
        return {"result": dice.pick(RESULTS), **scene.optional(time=moments.any)}

    found = scene.optional(
        weight=lambda: amount(dice, Weight, above_zero=True),
        weighed=moments.any,
        height=lambda: quantity(dice, dice.decimal(1, 9_999, 2), dice.pick(units(Height))),
        asa_class=lambda: dice.whole(1, 6),
        last_oral_intake=moments.any,
        pregnancy_test=test,
        drug_screen=test,
        consent_given=moments.any,
        escort=scene.text,
    )
    if not {"weight", "height"} & found.keys():
        found.pop("weighed", None)
    return found


def _after(scene: Scene) -> Document:
    day = scene.moments.day
    return scene.optional(instructions=scene.text, next_visit=lambda: day.replace(year=day.year + 1, day=1).isoformat())


def _spelled_out(found: Document) -> Document:
    """Some systems write ``null`` for what they do not know."""
    medications = [{**_nulls(Medication), **medication} for medication in found.get("medications", ())]
    return {
        **_nulls(InfusionSession),
        **found,
        "patient": {**_nulls(Patient), **found["patient"]},
        "preparation": {**_nulls(Preparation), **found.get("preparation", {})},
        "medications": medications,
    }


def _nulls(model: type[Record]) -> Document:
    fields = model.model_fields.items()
    return {name: None for name, field in fields if not field.is_required() and field.default is None}
