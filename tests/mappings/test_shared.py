"""What sessions share: the same id over many, and the same words in each of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from golden_sessions import ROOT, fixture_sessions, session
from mapped_sessions import CLINIC, COURSE, MONITOR, PUMP, REFERRAL, mapped

from mappings import RESOURCES, Resource, load_clinic, map_session
from mappings.context import SessionContext
from mappings.making import make
from mappings.origin import NOTHING
from mappings.session import StaffMember
from mappings.shared import MOST, _known, made_once

SHARED = {mapping.type for mapping in RESOURCES if mapping.shared}
ROOM = {"id": "room-1", "name": "Infusion room 1"}
SESSIONS = fixture_sessions()


def shared(found: list[Resource]) -> dict[str, Resource]:
    return {resource["id"]: resource for resource in found if resource["resourceType"] in SHARED}


def test_no_fixture_says_another_thing_of_what_it_shares() -> None:
    seen: dict[str, Resource] = {}
    for one in SESSIONS.values():
        for id_, resource in shared(map_session(one, CLINIC)).items():
            assert seen.setdefault(id_, resource) == resource


def test_the_sessions_of_one_course_share_all_that_they_can() -> None:
    course = [shared(map_session(s, CLINIC)) for name, s in SESSIONS.items() if name.startswith("08-")]
    assert len(course) == 6
    assert all(one == course[0] for one in course)
    kinds = {resource["resourceType"] for resource in course[0].values()}
    assert kinds == SHARED


def test_a_session_in_error_takes_its_course_and_referral_back() -> None:
    """The weakest word: the store keeps it for what no other session yields."""
    all_of_it = {"course": COURSE, "referral": REFERRAL, "location": ROOM, "devices": [PUMP, MONITOR]}
    wrong = mapped(status="entered-in-error", **all_of_it)
    words = {r["resourceType"]: r.get("status") for r in wrong if r["resourceType"] in SHARED}
    in_error = {"ServiceRequest", "EpisodeOfCare", "CarePlan", "Device"}
    assert {words[kind] for kind in in_error} == {"entered-in-error"}
    assert "entered-in-error" not in {words[kind] for kind in ("Location", "PractitionerRole", "Patient")}


def of_kind(found: list[Resource], kind: str) -> Resource:
    return next(resource for resource in found if resource["resourceType"] == kind)


def with_strength(value: str) -> list[Resource]:
    concentration = {"value": Decimal(value), "unit": "mg/mL"}
    return mapped(medications=[{"label": "K", "drug": {"key": "ketamine"}, "concentration": concentration}])


def test_what_many_sessions_say_alike_is_made_once_and_nobody_may_change_it() -> None:
    one, other = mapped(number="A", devices=[PUMP]), mapped(number="B", devices=[PUMP])
    for kind in ("Organization", "Practitioner", "PractitionerRole", "Device"):
        assert of_kind(one, kind) is of_kind(other, kind)
        with pytest.raises(TypeError):
            of_kind(one, kind)["active"] = False
    assert of_kind(one, "Encounter") is not of_kind(other, "Encounter")


def test_a_clinic_with_a_language_makes_it_once_too() -> None:
    clinic = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
    one, other = (map_session(session(number=number), clinic) for number in "AB")
    assert of_kind(one, "Organization")["language"] == clinic.identity.language
    assert of_kind(one, "Organization") is of_kind(other, "Organization")


def test_another_word_is_another_resource() -> None:
    for changed in (
        {"name": "Pump 2"},
        {"manufacturer": "Another"},
        {"model": "X"},
        {"serial": "9"},
        {"type": "monitor"},
    ):
        assert of_kind(mapped(devices=[PUMP]), "Device") != of_kind(mapped(devices=[PUMP | changed]), "Device")


def test_a_strength_keeps_the_digits_it_was_written_with() -> None:
    """50 and 50.0 are one number: what is made once must not be found by it."""
    for written in ("50", "50.0", "50"):
        product = of_kind(with_strength(written), "Medication")
        assert str(product["ingredient"][0]["strength"]["numerator"]["value"]) == written


def test_explained_is_the_place_in_this_session() -> None:
    """The same person stands elsewhere in the next record."""
    first, second = StaffMember(family="A", id="a", role="ordering"), StaffMember(family="B", id="b", role="monitoring")
    for staff in ((first, second), (second, first)):
        context = SessionContext.of(session().model_copy(update={"staff": staff}), CLINIC)
        made = make(context, RESOURCES)
        places = [context.origin(id_).place for id_, (m, _) in made.items() if m.type == "Practitioner"]
        assert places[:2] == ["staff[0]", "staff[1]"]


def test_it_forgets_before_it_grows_without_end() -> None:
    context, made = SessionContext.of(session(), load_clinic()), of_kind(mapped(), "Organization")
    for number in range(MOST + 2):
        made_once(context, ("Organization", str(number)), NOTHING, lambda: dict(made))
    assert len(context.clinic.once(_known)) == 2
