"""The place of a session in its course: which course, which phase, and the how-manieth infusion of how many."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mappings.context import SessionContext
from mappings.datatypes import Element, date_time
from mappings.observations.observation import observation
from mappings.resource import Resource
from mappings.session import Course

PROFILE = "us-core-simple-observation"


def course(context: SessionContext) -> Iterator[Resource]:
    """What differs between the sessions of a course stands here; EpisodeOfCare and CarePlan hold what does not."""
    found = context.session.course
    if found is not None:
        code = context.clinic.code("finding", "session-course")
        start = date_time(context.session.start)
        parts: dict[str, Any] = {"valueString": found.id, "component": list(_components(context, found))}
        yield observation(context, ("session-course",), "procedure", code, start, PROFILE, **parts)


def _components(context: SessionContext, found: Course) -> Iterator[Element]:
    if found.phase:
        phase = context.clinic.code("phase", found.phase)
        yield {"code": context.clinic.code("finding", "course-phase"), "valueCodeableConcept": phase}
    for name, count in (("course-number", found.number), ("course-planned", found.planned)):
        if count is not None:
            yield {"code": context.clinic.code("finding", name), "valueInteger": count}
