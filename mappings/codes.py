"""Codes, units, addresses of systems and languages as a clinic file may hold them; what cannot be one is refused."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mappings.check_digits import is_loinc, is_snomed
from mappings.quantities import Name
from mappings.ucum import is_ucum


def _must(holds: bool, value: str, text: str) -> str:
    if not holds:
        raise PydanticCustomError("code", "{text}", {"text": text})
    return value


def _matching(pattern: str, text: str) -> AfterValidator:
    shape = re.compile(pattern)
    return AfterValidator(lambda value: _must(shape.fullmatch(value) is not None, value, text))


def _loinc(value: str) -> str:
    return _must(is_loinc(value), value, "not a LOINC code: its form or its check digit is wrong")


def _snomed(value: str) -> str:
    return _must(is_snomed(value), value, "not a SNOMED CT concept: its form, partition or check digit is wrong")


def _own(value: str) -> str:
    """What is written in somebody else's system would be read as theirs."""
    host = value.lower().partition("//")[2].partition("/")[0].partition(":")[0]
    theirs = (
        f".{host}".endswith(tuple(f".{publisher}" for publisher in PUBLISHERS))
        or value.startswith(OIDS)
        or value in NUMBERS
    )
    return _must(not theirs, value, "a system of somebody else: this clinic's own is needed")


def _ucum(value: str) -> str:
    return _must(is_ucum(value), value, "not a UCUM unit that is known here, such as mg, mm[Hg] or {score}")


Loinc = Annotated[Name, AfterValidator(_loinc)]
Snomed = Annotated[Name, AfterValidator(_snomed)]
RxNorm = Annotated[Name, _matching(r"[1-9][0-9]{0,7}", "not an RxNorm number")]
Icd10Cm = Annotated[Name, _matching(r"[A-Z][0-9][0-9AB](\.[0-9A-Z]{1,4})?", "not an ICD-10-CM code such as F33.2")]
Ndc = Annotated[
    Name, _matching(r"[0-9]{4,5}-[0-9]{3,4}-[0-9]{1,2}|[0-9]{11}", "not an NDC: 10 or 11 digits such as 67457-108-10")
]
Atc = Annotated[Name, _matching(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?", "not an ATC code such as N01AX03")]
Unit = Annotated[Name, AfterValidator(_ucum)]
WEB = r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/\S*[^\s/])?"
# Whose systems stand in what we publish; of OIDs: HL7's code systems, those registered there, SSN and NPI
PUBLISHERS = ("loinc.org", "snomed.info", "hl7.org", "nih.gov", "whocc.no", "unitsofmeasure.org", "ihe.net", "w3.org")
OIDS = ("urn:oid:2.16.840.1.113883.5.", "urn:oid:2.16.840.1.113883.6.")
NUMBERS = ("urn:oid:2.16.840.1.113883.4.1", "urn:oid:2.16.840.1.113883.4.6")
OWN = AfterValidator(_own)
WebAddress = Annotated[Name, _matching(WEB, "not an absolute web address without a slash at its end"), OWN]
System = Annotated[
    Name,
    _matching(
        WEB + r"|urn:(oid:[0-2](\.(0|[1-9][0-9]*))+|uuid:[0-9a-f-]{36})",
        "not an absolute URI without a slash at its end, such as https://clinic.example/id/mrn or urn:oid:1.2.3",
    ),
    OWN,
]
Language = Annotated[
    Name, _matching(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", "not a BCP-47 language such as en or es-MX")
]
Country = Annotated[Name, _matching(r"[A-Z]{2,3}", "not an ISO 3166 country code such as US")]
