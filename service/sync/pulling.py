"""Reading what a destination knows of a linked patient, within limits. What it means is in mappings/reading."""

from __future__ import annotations

import re
from typing import Any

from mappings import Clinic
from mappings.reading.draft import Draft, Found, Unused
from mappings.reading.pulled import draft_of
from mappings.resource import Resource
from service.errors import Conflict, Unavailable
from service.sync.ehr import Ehr
from service.sync.matching import entries
from service.sync.outcomes import Accepted, Outcome, Refused

MOST_PAGES = 20
MOST_RESOURCES = 1_000
MOST_REFERRERS = 20
PAGE = "100"


def pull(ehr: Ehr, clinic: Clinic, ours: Resource, their_id: str, referral: str | None) -> Draft:
    """A draft of a session record. Raises Conflict when the linked record is gone, Unavailable when it is not now."""
    outcome = ehr.read("Patient", their_id)
    if isinstance(outcome, Refused) and outcome.status in (404, 410):
        raise Conflict("the record that this patient is linked to is not there")
    patient = answered(outcome)
    if not isinstance(patient, dict) or (patient.get("resourceType"), patient.get("id")) != ("Patient", their_id):
        raise Conflict("what is there under the linked id is not this patient")
    remarks: list[Unused] = []
    conditions = _every(ehr, "Condition", their_id, remarks)
    requests = _every(ehr, "ServiceRequest", their_id, remarks)
    found = Found(patient, conditions, requests, _referrers(ehr, requests, referral), remarks)
    return draft_of(found, ours, clinic, referral)


def answered(outcome: Outcome) -> Any:
    """The body. Raises Unavailable where there is none: the caller may try again."""
    if isinstance(outcome, Accepted):
        return outcome.body
    raise Unavailable("the destination did not answer as it should; nothing was changed")


def _every(ehr: Ehr, kind: str, their_id: str, remarks: list[Unused]) -> list[Resource]:
    """All pages of a patient's resources of one type, up to a limit. Links are followed within the destination only."""
    outcome = ehr.find(kind, patient=their_id, _count=PAGE)
    if isinstance(outcome, Refused):
        remarks.append(Unused(kind, "cannot be searched there"))
        return []
    found: list[Resource] = []
    seen: set[str] = set()
    while True:
        bundle = answered(outcome)
        resources = [entry.get("resource") for entry in entries(bundle)]
        found += [r for r in resources if isinstance(r, dict) and r.get("resourceType") == kind]
        link = _next(bundle)
        if link is None:
            return found
        if link in seen or len(seen) >= MOST_PAGES or len(found) >= MOST_RESOURCES:
            remarks.append(Unused(kind, "there are more than are read at once: the rest was left out"))
            return found[:MOST_RESOURCES]
        seen.add(link)
        outcome = ehr.follow(link)
        if isinstance(outcome, Refused):
            remarks.append(Unused(kind, "the link to the next page was not followed: the rest was left out"))
            return found


def _next(bundle: Any) -> str | None:
    links = bundle.get("link") if isinstance(bundle, dict) else None
    listed = [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []
    urls = [one.get("url") for one in listed if one.get("relation") == "next"]
    return next((url for url in urls if isinstance(url, str)), None)


def _referrers(ehr: Ehr, requests: list[Resource], chosen: str | None) -> dict[str, Resource]:
    """The Practitioners that requested what is active or was chosen, by the reference as it stands there."""
    wanted = [one for one in requests if one.get("status") == "active" or one.get("id") == chosen]
    references = {_reference(request.get("requester")) for request in wanted}
    found = {name: _practitioner(ehr, name) for name in sorted(one for one in references if one)[:MOST_REFERRERS]}
    return {name: resource for name, resource in found.items() if resource is not None}


def _practitioner(ehr: Ehr, reference: str, direct: bool = False) -> Resource | None:
    """Behind a PractitionerRole stands its practitioner. A reference to elsewhere is not followed."""
    place = re.escape(ehr.destination.base_url)
    id_ = r"(?!\.+$)[A-Za-z0-9\-.]{1,64}"
    match = re.fullmatch(rf"(?:{place}/)?(Practitioner|PractitionerRole)/({id_})", reference)
    if match is None or (direct and match[1] != "Practitioner"):
        return None
    outcome = ehr.read(match[1], match[2])
    body = outcome.body if isinstance(outcome, Accepted) else None
    if not isinstance(body, dict) or body.get("resourceType") != match[1]:
        return None
    if match[1] == "Practitioner":
        return body
    behind = _reference(body.get("practitioner"))
    return _practitioner(ehr, behind, direct=True) if behind else None


def _reference(value: Any) -> str | None:
    found = value.get("reference") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
