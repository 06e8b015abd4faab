"""Who and where: the patient, the staff and what they did, the place, the devices."""

from __future__ import annotations

from typing import Any

from mappings.clinic import Clinic
from mappings.reading.graph import Graph, identified
from mappings.reading.words import Words
from mappings.resource import Resource
from mappings.resources.encounter import PARTICIPATION
from mappings.resources.organization import NPI


def patient(graph: Graph) -> dict[str, Any]:
    return patient_record(graph.get(graph.procedure["subject"]), graph.clinic)


def patient_record(resource: Resource, clinic: Clinic) -> dict[str, Any]:
    """A Patient that this clinic published, as its record has it."""
    name = resource["name"][0]
    own = (clinic.systems.resource, resource["id"])
    others = [i for i in resource["identifier"] if (i["system"], i["value"]) != own and "type" not in i]
    return _present(
        mrn=next((i["value"] for i in resource["identifier"] if "type" in i), None),
        identifiers=[{"system": i["system"], "value": i["value"]} for i in others],
        family=name["family"],
        given=name.get("given", []),
        birth_date=resource["birthDate"],
        sex=resource["gender"],
        phone=next((contact["value"] for contact in resource.get("telecom", [])), None),
    )


def staff(graph: Graph, words: Words) -> list[dict[str, Any]]:
    """The participants of the Encounter, in order; the referrer is none of them."""
    found = []
    for participant in graph.encounter.get("participant", []):
        roles = [role for kind in participant["type"] if (role := _role(kind, words)) is not None]
        if roles:
            found.append({**person(graph.get(participant["individual"]), graph.clinic), "role": roles[0]})
    return found


def _role(kind: dict[str, Any], words: Words) -> str | None:
    """The clinic's own codings say what somebody did, beside HL7's word for taking part."""
    return words.key("role", {"coding": [c for c in kind.get("coding", []) if c.get("system") != PARTICIPATION]})


def person(practitioner: Resource, clinic: Clinic) -> dict[str, Any]:
    name = practitioner["name"][0]
    return _present(
        npi=identified(practitioner, NPI),
        id=identified(practitioner, clinic.systems.staff),
        family=name["family"],
        given=name.get("given", []),
    )


def location(graph: Graph) -> dict[str, Any] | None:
    places = graph.encounter.get("location", [])
    if not places:
        return None
    resource = graph.get(places[0]["location"])
    return _present(id=identified(resource, graph.clinic.systems.location), name=resource["name"])


def devices(graph: Graph, words: Words) -> list[dict[str, Any]]:
    return [
        _present(
            id=identified(device, graph.clinic.systems.device),
            type=words.key("device", device["type"]),
            name=next((name["name"] for name in device.get("deviceName", [])), None),
            manufacturer=device.get("manufacturer"),
            model=device.get("modelNumber"),
            serial=device.get("serialNumber"),
        )
        for device in graph.follow(graph.procedure, "usedReference", "Device")
    ]


def _present(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value not in (None, [])}
