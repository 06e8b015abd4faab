"""CarePlan: what is planned for a phase of a course. One per patient, course, phase and planned number.

A course that goes on from induction to maintenance, or is planned anew, has a plan for each; none overwrites another.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import Element, concept, element, identifier
from mappings.narrative import narrative
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, IDENTIFIER, INTENT, STATUS, patient
from mappings.session import Course

CARE_PLAN_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"


def map_care_plan(context: SessionContext) -> Iterator[Resource]:
    """It stays active: no session record says that a plan is done or given up."""
    course = context.session.course
    if course is None or context.care_plan is None:
        return
    title = _title(context, course)
    yield context.resource(
        "CarePlan",
        context.care_plan_id(course),
        "us-core-careplan",
        identifiers=[identifier(context.clinic.systems.course, course.id)],
        text=narrative(title, f"Course {course.id}, {context.clinic.name}"),
        status="active",
        intent="plan",
        category=list(_categories(context, course)),
        title=title,
        subject=context.patient,
        author=context.organization,
        supportingInfo=[context.episode],
        activity=[{"detail": _activity(context, course)}],
    )


def _title(context: SessionContext, course: Course) -> str:
    phase = [context.clinic.row("phase", course.phase).text.lower()] if course.phase else []
    planned = [f"{course.planned} planned"] if course.planned else []
    return f"{context.clinic.row('course', 'infusion-course').text}: {', '.join([*phase, *planned])}"


def _categories(context: SessionContext, course: Course) -> Iterator[Element]:
    yield concept(CARE_PLAN_CATEGORY, "assess-plan", "Assessment and Plan of Treatment")
    if course.phase:
        yield context.clinic.code("phase", course.phase)


def _activity(context: SessionContext, course: Course) -> Element:
    """The infusions themselves: as many as are planned, as far as that is known."""
    return element(
        kind="ServiceRequest",
        code=context.clinic.code("procedure", "infusion-session"),
        status="in-progress",
        scheduledTiming={"repeat": {"count": course.planned}} if course.planned else None,
        performer=[context.organization],
    )


MAPPING = ResourceMapping(
    "CarePlan",
    map_care_plan,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        INTENT,
        CATEGORY,
        SearchParam("date", "date", ("period",)),
        SearchParam("activity-code", "token", ("activity.detail.code",)),
    ),
    profiles=("us-core-careplan",),
    shared=True,
    retracted=(("status", "entered-in-error"),),
)
