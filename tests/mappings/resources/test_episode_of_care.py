"""EpisodeOfCare: one per patient and course, whatever the phase."""

from __future__ import annotations

from mapped_sessions import CLINIC, COURSE, REFERRAL, local, mapped, of_type, only, pointer

from mappings import retract


def test_what_the_record_says_of_the_course() -> None:
    found = mapped(course=COURSE)
    episode = only(found, "EpisodeOfCare")
    assert episode["identifier"][0] == {"system": CLINIC.systems.course, "value": "C-1"}
    assert local(episode["type"][0]) == ["infusion-course"]
    assert episode["patient"]["reference"] == pointer(only(found, "Patient"))
    assert episode["managingOrganization"]["reference"] == pointer(only(found, "Organization"))
    assert only(found, "Encounter")["episodeOfCare"] == [{"reference": pointer(episode)}]


def test_nothing_of_one_session_stands_in_it() -> None:
    one = mapped(course=COURSE, referral=REFERRAL)
    two = mapped(number="T-2", course={"id": "C-1", "phase": "maintenance", "number": 7, "planned": 12}, indications=[])
    assert only(one, "EpisodeOfCare") == only(two, "EpisodeOfCare")


def test_two_patients_never_share_a_course() -> None:
    other = {"mrn": "TEST-2", "family": "Synthetic-Other", "birth_date": "1970", "sex": "male"}
    one, two = mapped(course=COURSE), mapped(course=COURSE, patient=other)
    assert only(one, "EpisodeOfCare")["id"] != only(two, "EpisodeOfCare")["id"]


def test_no_course_no_episode() -> None:
    found = mapped()
    assert of_type(found, "EpisodeOfCare") == []
    assert "episodeOfCare" not in only(found, "Encounter")


def test_a_retracted_course_says_so() -> None:
    form = retract(only(mapped(course=COURSE), "EpisodeOfCare"))
    assert form is not None
    assert form["status"] == "entered-in-error"
