"""EpisodeOfCare: the course of infusions that sessions belong to. One per patient and course.

It holds what is the same for all sessions of the course. The place of each (phase, number, planned) is an Observation
of that session, and what is planned for a phase is a CarePlan.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.datatypes import identifier
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, TYPE, organization, patient


def map_episode_of_care(context: SessionContext) -> Iterator[Resource]:
    """It stays active: no session record says that a course is over."""
    course = context.session.course
    if course is None:
        return
    yield context.resource(
        "EpisodeOfCare",
        context.episode_id(course),
        identifiers=[identifier(context.clinic.systems.course, course.id)],
        status="active",
        type=[context.clinic.code("course", "infusion-course")],
        patient=context.patient,
        managingOrganization=context.organization,
    )


MAPPING = ResourceMapping(
    "EpisodeOfCare",
    map_episode_of_care,
    search=(
        IDENTIFIER,
        *patient("patient"),
        STATUS,
        TYPE,
        SearchParam("date", "date", ("period",)),
        organization(),
    ),
    shared=True,
    retracted=(("status", "entered-in-error"),),
)
