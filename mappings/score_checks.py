"""What a session record leaves to be said of its scores: items that cannot be, totals that do not fit them."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.clinic import Clinic, Row
from mappings.events import Score
from mappings.issue import Issue
from mappings.session import InfusionSession


def check_scores(session: InfusionSession, clinic: Clinic) -> Iterator[Issue]:
    """Items that the instrument does not have are errors; totals that do not fit are warned of."""
    rows = clinic.tables.get("instrument", {})
    for i, event in enumerate(session.events):
        if not isinstance(event, Score) or (row := rows.get(event.instrument)) is None:
            continue
        if text := _fault_in_items(event, row):
            yield Issue("error", "value", text, (f"events[{i}].items",))
        elif text := _fault_in_total(event, row):
            yield Issue("warning", "business-rule", text, (f"events[{i}].total",))


def _fault_in_items(event: Score, row: Row) -> str:
    if event.items is None:
        return ""
    if len(event.items) != len(row.items):
        return f"this instrument has {len(row.items)} items in the terminology, the record another number"
    if row.top is not None and any(item is not None and item > row.top for item in event.items):
        return f"an item is above {row.top}"
    return ""


def _fault_in_total(event: Score, row: Row) -> str:
    """Where the items or their greatest answer are not known, neither is the range: nothing is said."""
    if event.total is None or row.top is None or not row.items:
        return ""
    items = event.items or (None,) * len(row.items)
    known = sum(item or 0 for item in items)
    missing = items.count(None)
    if not missing:
        differs = "the stated total differs from the sum of the items"
        published = "" if row.measures == "risk" else "; the sum is published"
        return "" if event.total == known else differs + published
    if not 0 <= event.total <= row.top * len(items):
        return "the total is outside of the range of this instrument"
    if not known <= event.total <= known + row.top * missing:
        return "the total does not fit the items that were answered"
    return ""
