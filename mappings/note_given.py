"""What the note tells of medication: what was ordered, given and left over, and where that does not add up."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.events import OtherMedication
from mappings.infusion import END_ASSUMED, Segment
from mappings.session import Medication
from mappings.words import Clock, amount, fine, quantity


def medication(context: SessionContext, clock: Clock) -> Iterator[str]:
    yield from _order(context)
    for product in context.session.medications:
        yield from _product(context, clock, product)
    others = (event for event, _ in context.events(OtherMedication))
    for event in sorted(others, key=lambda event: event.time):
        yield _other(context, clock, event)
    for found in context.discrepancies:
        drug = context.medication(found.label)["display"]
        yield f"{context.clinic.row('issue', found.field.replace('_', '-')).text}: {drug}, {found.text}"


def _order(context: SessionContext) -> Iterator[str]:
    order = context.session.order
    if order:
        drug = context.medication(order.medication or context.session.medications[0].label)["display"]
        over = f" over {amount(order.duration_minutes, 'min')}" if order.duration_minutes else ""
        most = f", at most {quantity(order.ceiling)}" if order.ceiling else ""
        yield f"Ordered: {drug} {quantity(order.dose)}{over}{most}"


def _product(context: SessionContext, clock: Clock, product: Medication) -> Iterator[str]:
    about = [
        quantity(product.concentration) if product.concentration else "",
        f"lot {product.lot}" if product.lot else "",
        f"expires {product.expires}" if product.expires else "",
    ]
    parts = [segment for segment in context.segments if segment.medication == product.label]
    named = ", ".join(filter(None, [context.clinic.display("drug", product.drug), *about]))
    yield f"{named}: {_total(context, product.label, parts)}"
    for segment in sorted(parts, key=lambda segment: segment.start):
        yield _segment(clock, segment)
    account = _account(product)
    if account:
        yield account


def _total(context: SessionContext, label: str, parts: list[Segment]) -> str:
    if context.session.status == "not-done":
        return "nothing given"
    if not parts:
        return "no rate and no bolus charted"
    given = context.given[label]
    if given.mg is None:
        return "the dose given is not known"
    by_weight = "" if given.per_kg is None else f" ({amount(given.per_kg, 'mg/kg')})"
    return f"{amount(fine(given.mg), 'mg')} given{by_weight}"


def _segment(clock: Clock, segment: Segment) -> str:
    dose = "dose not known" if segment.dose_mg is None else amount(fine(segment.dose_mg), "mg")
    why = f": {segment.reason}" if segment.reason else ""
    if segment.kind == "bolus":
        return f"{clock.at(segment.start)} bolus {dose}{why}"
    rate = f"{quantity(segment.rate)}, " if segment.rate else ""
    ended = "stopped early" if segment.stopped else "ended" if segment.end_reason else ""
    end = f"; {ended}{f': {segment.end_reason}' if segment.end_reason else ''}" if ended else ""
    if segment.is_end_assumed:
        end = f"; {END_ASSUMED.lower()}"
    return f"{clock.span(segment.start, segment.end)} {rate}{dose}{why}{end}"


def _account(product: Medication) -> str:
    amounts = (("drawn up", product.drawn_up), ("wasted", product.wasted), ("recorded", product.recorded_dose))
    found = [f"{quantity(mass)} {name}" for name, mass in amounts if mass]
    if product.waste_witness:
        found.append(f"waste witnessed by {product.waste_witness}")
    return ", ".join(found)


def _other(context: SessionContext, clock: Clock, event: OtherMedication) -> str:
    drug = context.clinic.display("drug", event.drug)
    parts = [f"{drug} {quantity(event.dose)}", event.route or "", "" if event.purpose == "other" else event.purpose]
    reason = f": {event.reason}" if event.reason else ""
    return f"{clock.at(event.time)} {', '.join(filter(None, parts))}{reason}"
