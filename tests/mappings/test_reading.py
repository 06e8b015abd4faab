"""The way back: what was mapped is read again, fact by fact, through the bytes that are stored and served."""

from __future__ import annotations

import pytest
from facts import facts_of
from golden_sessions import at, fixture_sessions, record
from golden_sessions import session as plain
from mapped_sessions import NOT_US_CORE

from mappings import load_clinic, map_session
from mappings.reading import NoSession, read_session
from mappings.resource import Resource
from mappings.session import InfusionSession
from service.fhirjson import encode, read_json

CLINIC = load_clinic()
SESSIONS = fixture_sessions()


def served(session: InfusionSession) -> list[Resource]:
    """The resources of a session as another system gets them."""
    return [read_json(encode(resource)) for resource in map_session(session, CLINIC)]


def us_core(resources: list[Resource]) -> list[Resource]:
    return [resource for resource in resources if resource["resourceType"] not in NOT_US_CORE]


@pytest.mark.parametrize("name", SESSIONS)
def test_every_fact_of_a_fixture_comes_back(name: str) -> None:
    session = SESSIONS[name]
    assert facts_of(read_session(served(session), CLINIC), CLINIC) == facts_of(session, CLINIC)


@pytest.mark.parametrize("name", SESSIONS)
def test_a_reader_of_us_core_types_alone_loses_nothing(name: str) -> None:
    session = SESSIONS[name]
    assert facts_of(read_session(us_core(served(session)), CLINIC), CLINIC) == facts_of(session, CLINIC)


def test_without_a_session_there_is_nothing_to_read() -> None:
    with pytest.raises(NoSession):
        read_session([{"resourceType": "Patient", "id": "p"}], CLINIC)


LOINC = "http://loinc.org"
# What a reaction may be coded as, though the same code stands for something else of a session: a score, a level, a
# vital sign, a reading before the infusion, a finding, what was given, what was worked out
CODED_AS = [
    (LOINC, "72514-3", "Pain"),
    (LOINC, "44261-6", "Low mood"),
    (LOINC, "8867-4", "Tachycardia"),
    (LOINC, "8302-2", "Height"),
    (LOINC, "29463-7", "Weight"),
    *(
        (coding["system"], coding["code"], coding.get("display"))
        for table, keys in {
            "finding": ("infusion-stop", "infusion-segment", "medication-given", "medication-prepared", "consent"),
            "vital": ("blood-pressure", "oxygen-saturation", "temperature"),
            "instrument": ("phq9", "moaas"),
            "derived": ("heart-rate-peak",),
        }.items()
        for key in keys
        for coding in CLINIC.codings(CLINIC.row(table, key))
    ),
]


@pytest.mark.parametrize(("system", "code", "display"), CODED_AS)
def test_a_reaction_comes_back_whatever_its_code(system: str, code: str, display: str | None) -> None:
    coded = {"system": system, "code": code, **({"display": display} if display else {})}
    reaction = at(30, "reaction", reaction=coded, severity="moderate", action="Ondansetron 4 mg", outcome="resolved")
    session = plain(events=[*record()["events"], reaction])
    assert facts_of(read_session(us_core(served(session)), CLINIC), CLINIC) == facts_of(session, CLINIC)


@pytest.mark.parametrize("mrn", ["TEST-1", None])
def test_an_identifier_in_our_own_system_comes_back(mrn: str | None) -> None:
    """From another clinic of the same service, say: only the id of the resource itself is none of the patient's."""
    identifiers = [{"system": CLINIC.systems.resource, "value": value} for value in ("another-1", "another-2")]
    patient = {**record()["patient"], "identifiers": identifiers, "mrn": mrn}
    session = plain(patient={name: value for name, value in patient.items() if value is not None})
    assert read_session(served(session), CLINIC).patient == session.patient
