"""Device: pumps and monitors, and what points to them."""

from __future__ import annotations

from typing import Any

from golden_sessions import at
from mapped_sessions import CLINIC, MONITOR, PUMP, local, mapped, of_type, only, pointer

from mappings import Resource, retract

SECOND_PUMP = {"id": "p2", "type": "infusion-pump"}
SECOND_MONITOR = {"id": "m2", "type": "monitor"}
RATE = {"value": 10, "unit": "mg/h"}
DOSE = {"value": 5, "unit": "mg"}


def by_device(found: list[Resource], kind: str) -> list[Any]:
    return [resource.get("device") for resource in of_type(found, kind)]


def test_what_the_record_says_of_a_device() -> None:
    found = mapped(devices=[PUMP, MONITOR])
    pump, monitor = of_type(found, "Device")
    assert pump["identifier"][0] == {"system": CLINIC.systems.device, "value": "p1"}
    assert local(pump["type"]) == ["infusion-pump"]
    assert pump["deviceName"] == [{"name": "Pump 1", "type": "user-friendly-name"}]
    assert (pump["manufacturer"], pump["modelNumber"], pump["serialNumber"]) == ("Maker", "IV 3", "S-1")
    assert pump["owner"]["reference"] == pointer(only(found, "Organization"))
    assert local(monitor["type"]) == ["monitor"]
    assert not {"deviceName", "manufacturer", "modelNumber", "serialNumber"} & set(monitor)


def test_a_device_is_the_clinics_and_no_implant() -> None:
    for device in of_type(mapped(devices=[PUMP, MONITOR]), "Device"):
        assert "patient" not in device
        assert "profile" not in device["meta"]


def test_patients_share_a_device() -> None:
    other = {"mrn": "TEST-2", "family": "Synthetic-Other", "birth_date": "1970", "sex": "male"}
    one, two = mapped(devices=[PUMP]), mapped(number="T-2", patient=other, devices=[PUMP])
    assert only(one, "Device") == only(two, "Device")


def test_the_pump_gave_the_infusion() -> None:
    events = [
        at(0, "bolus", dose=DOSE),
        at(5, "infusion-start", rate=RATE),
        at(20, "infusion-stop"),
        at(30, "medication", drug={"key": "ondansetron"}, dose=DOSE),
    ]
    found = mapped(devices=[MONITOR, PUMP], events=events)
    pump = of_type(found, "Device")[1]
    given = {"reference": pointer(pump), "display": "Pump 1"}
    named = [r["device"] for r in of_type(found, "MedicationAdministration") if "device" in r]
    assert named == [[given]], "of the bolus and the other drug it is not known"


def test_of_several_pumps_and_several_drugs_none_is_guessed() -> None:
    events = [at(5, "infusion-start", rate=RATE, medication="infusion"), at(20, "infusion-stop", medication="infusion")]
    one_drug: list[dict[str, Any]] = [{"drug": {"key": "ketamine"}}]
    two_drugs = [*one_drug, {"label": "magnesium", "drug": {"key": "magnesium-sulfate"}}]
    plain: dict[str, Any] = {"devices": [PUMP, SECOND_PUMP], "events": events, "order": None}
    (both,) = by_device(mapped(medications=one_drug, **plain), "MedicationAdministration")
    assert len(both) == 2
    found = mapped(medications=two_drugs, **plain)
    assert by_device(found, "MedicationAdministration") == [None]
    assert sum(u["reference"].startswith("Device/") for u in only(found, "Procedure")["usedReference"]) == 2


def test_the_one_monitor_measured_what_no_scales_can() -> None:
    found = mapped(devices=[PUMP, MONITOR])
    monitor = {"reference": pointer(of_type(found, "Device")[1])}
    by: dict[bool, set[str]] = {True: set(), False: set()}
    for reading in of_type(found, "Observation"):
        if reading["category"][0]["coding"][0]["code"] == "vital-signs":
            by[reading.get("device") == monitor].add(reading["code"]["coding"][0]["code"])
    assert by == {True: {"85354-9", "8867-4", "59408-5"}, False: {"29463-7"}}


def test_of_two_monitors_none_is_guessed() -> None:
    found = mapped(devices=[MONITOR, SECOND_MONITOR])
    assert set(by_device(found, "Observation")) == {None}


def test_the_procedure_used_them_in_the_records_order() -> None:
    found = mapped(devices=[MONITOR, PUMP])
    used = [u["reference"] for u in only(found, "Procedure")["usedReference"]]
    assert used == [pointer(only(found, "Medication")), *map(pointer, of_type(found, "Device"))]
    assert [d["identifier"][0]["value"] for d in of_type(found, "Device")] == ["m1", "p1"]


def test_a_session_that_was_not_done_used_its_monitor_and_no_drug() -> None:
    events = [at(0, "vital-signs", systolic=190, diastolic=110)]
    found = mapped(status="not-done", status_reason="pressure", devices=[MONITOR], events=events)
    assert [u["reference"] for u in only(found, "Procedure")["usedReference"]] == [pointer(only(found, "Device"))]


def test_a_retracted_device_says_so() -> None:
    form = retract(only(mapped(devices=[PUMP]), "Device"))
    assert form is not None
    assert form["status"] == "entered-in-error"
