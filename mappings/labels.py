"""What every resource says of itself: the US Core profiles it claims, how confidential it is, our identifier."""

from __future__ import annotations

from functools import cache
from typing import Any

from mappings.datatypes import Element, Fixed, coding, element, filled
from mappings.resource import Resource

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
# R4 gives these types one identifier, not a list
SINGLE_IDENTIFIER = frozenset({"AdverseEvent", "Composition", "QuestionnaireResponse"})
# Everything a ketamine clinic knows of a patient is restricted psychiatric information.
SECURITY = [
    coding(CONFIDENTIALITY, "R", "restricted"),
    coding(ACT_CODE, "PSY", "psychiatry disorder information sensitivity"),
]


@cache
def meta(profiles: tuple[str, ...]) -> Element:
    """Profiles and labels; made once, as nobody changes what was mapped."""
    return Fixed(element(profile=[US_CORE + profile for profile in profiles], security=SECURITY))


def labelled(
    type_: str, id_: str, profiles: tuple[str, ...], identifiers: list[Element], parts: dict[str, Any]
) -> Resource:
    """The parts that hold something, behind what every resource has; our identifier is the last."""
    return {
        "resourceType": type_,
        "id": id_,
        "meta": meta(profiles),
        "text": None,  # the place of the narrative
        "identifier": identifiers[-1] if type_ in SINGLE_IDENTIFIER else identifiers,
        **filled(parts),
    }
