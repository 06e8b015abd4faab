"""Observation: vital signs, scores, findings, and what the session adds up to."""

from __future__ import annotations

from collections.abc import Iterator

from mappings.context import SessionContext
from mappings.observations.administrations import administrations
from mappings.observations.course import course
from mappings.observations.derived import derived
from mappings.observations.findings import findings
from mappings.observations.products import products
from mappings.observations.reactions import reactions
from mappings.observations.response import response
from mappings.observations.scores import scores
from mappings.observations.totals import totals
from mappings.observations.vital_signs import vital_signs
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CATEGORY, CODE, IDENTIFIER, STATUS, encounter, patient


def map_observation(context: SessionContext) -> Iterator[Resource]:
    yield from vital_signs(context)
    yield from findings(context)
    yield from products(context)
    yield from administrations(context)
    yield from course(context)
    yield from scores(context)
    yield from reactions(context)
    yield from totals(context)
    yield from derived(context)
    yield from response(context)


MAPPING = ResourceMapping(
    "Observation",
    map_observation,
    search=(
        IDENTIFIER,
        *patient(),
        STATUS,
        CODE,
        CATEGORY,
        encounter(),
        SearchParam("date", "date", ("effective",)),
        SearchParam("part-of", "reference", ("partOf",), target=("Procedure", "MedicationAdministration")),
        SearchParam("derived-from", "reference", ("derivedFrom",), target=("Observation", "QuestionnaireResponse")),
        SearchParam("has-member", "reference", ("hasMember",), target=("Observation",)),
        SearchParam("device", "reference", ("device",), target=("Device",)),
        SearchParam("performer", "reference", ("performer",), target=("Practitioner", "Organization")),
    ),
    profiles=(
        "us-core-blood-pressure",
        "us-core-body-height",
        "us-core-body-temperature",
        "us-core-body-weight",
        "us-core-heart-rate",
        "us-core-observation-screening-assessment",
        "us-core-pulse-oximetry",
        "us-core-respiratory-rate",
        "us-core-simple-observation",
    ),
    retracted=(("status", "entered-in-error"),),
)
