"""The page itself: facts into HTML, everything escaped, no scripts, one sheet of paper for an ordinary session."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mappings import Clinic, InfusionSession
from service.summaries.chart import chart
from service.summaries.facts import facts_of

STATUS = {
    "completed": "Completed",
    "stopped": "Stopped early",
    "not-done": "Not done",
    "in-progress": "In progress",
    "entered-in-error": "Entered in error",
}


def summary_page(
    session: InfusionSession, earlier: Sequence[InfusionSession], clinic: Clinic, revision: int = 1
) -> str:
    """A complete HTML document. ``earlier``: the same patient's sessions before this one, in order."""
    facts = facts_of(session, earlier, clinic, revision)
    drawing = Markup(chart(session))  # noqa: S704 (made by us from numbers; its texts are escaped where they are written)
    page = _environment().get_template("session.html.j2")
    return page.render(facts=facts, session=session, clinic=clinic, chart=drawing, status=STATUS[session.status])


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("service.summaries"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(number=number, clock=clock, day=day)
    return found


def number(value: Decimal | int | None) -> str:
    """Every digit that matters, none that does not: 33.600000 → 33.6."""
    if value is None:
        return "unknown"
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clock(time: datetime) -> str:
    return f"{time:%H:%M}"


def day(time: datetime) -> str:
    offset = f"{time:%z}"
    return f"{time:%Y-%m-%d %H:%M} UTC{offset[:3]}:{offset[3:]}"
