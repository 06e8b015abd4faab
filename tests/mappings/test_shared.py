"""What sessions share: the same id over many, and the same words in each of them."""

from __future__ import annotations

from golden_sessions import fixture_sessions
from mapped_sessions import CLINIC, COURSE, MONITOR, PUMP, REFERRAL, mapped

from mappings import RESOURCES, Resource, map_session

SHARED = {mapping.type for mapping in RESOURCES if mapping.shared}
ROOM = {"id": "room-1", "name": "Infusion room 1"}
SESSIONS = fixture_sessions()


def shared(found: list[Resource]) -> dict[str, Resource]:
    return {resource["id"]: resource for resource in found if resource["resourceType"] in SHARED}


def test_no_fixture_says_another_thing_of_what_it_shares() -> None:
    seen: dict[str, Resource] = {}
    for session in SESSIONS.values():
        for id_, resource in shared(map_session(session, CLINIC)).items():
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
