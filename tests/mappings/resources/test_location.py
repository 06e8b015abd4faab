"""Location: the room, by its id or by its name."""

from __future__ import annotations

from mapped_sessions import CLINIC, mapped, of_type, only, pointer

from mappings import retract

ROOM = {"id": "room-1", "name": "Infusion room 1"}


def test_what_the_record_says_of_the_room() -> None:
    found = mapped(location=ROOM)
    room = only(found, "Location")
    assert room["identifier"][0] == {"system": CLINIC.systems.location, "value": "room-1"}
    assert room["name"] == "Infusion room 1"
    assert room["managingOrganization"]["reference"] == pointer(only(found, "Organization"))
    assert room["meta"]["profile"][0].endswith("us-core-location")


def test_the_visit_and_the_procedure_took_place_there() -> None:
    found = mapped(location=ROOM)
    expected = {"reference": pointer(only(found, "Location")), "display": "Infusion room 1"}
    assert only(found, "Encounter")["location"] == [{"location": expected}]
    assert only(found, "Procedure")["location"] == expected


def test_a_room_with_an_id_may_change_its_name() -> None:
    one = only(mapped(location=ROOM), "Location")
    two = only(mapped(number="T-2", location={**ROOM, "name": "Quiet room"}), "Location")
    assert one["id"] == two["id"]


def test_a_room_without_an_id_is_known_by_its_name() -> None:
    one, two = (only(mapped(number=n, location={"name": "Quiet room"}), "Location") for n in ("T-1", "T-2"))
    assert one == two
    assert [i["system"] for i in one["identifier"]] == [CLINIC.systems.resource]
    other = only(mapped(location={"name": "room-1"}), "Location")
    assert other["id"] != only(mapped(location=ROOM), "Location")["id"]


def test_no_room_no_location() -> None:
    found = mapped()
    assert of_type(found, "Location") == []
    assert "location" not in only(found, "Encounter")


def test_a_room_cannot_be_retracted() -> None:
    assert retract(only(mapped(location=ROOM), "Location")) is None
