"""What every resource says of itself: the US Core profiles it claims, and how confidential it is."""

from __future__ import annotations

from functools import cache

from mappings.datatypes import Element, Fixed, coding, element

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
# Everything a ketamine clinic knows of a patient is restricted psychiatric information.
SECURITY = [
    coding(CONFIDENTIALITY, "R", "restricted"),
    coding(ACT_CODE, "PSY", "psychiatry disorder information sensitivity"),
]


@cache
def meta(profiles: tuple[str, ...]) -> Element:
    """Profiles and labels; made once, as nobody changes what was mapped."""
    return Fixed(element(profile=[US_CORE + profile for profile in profiles], security=SECURITY))
