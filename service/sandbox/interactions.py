"""FHIR's interactions over the records: single writes, conditional ones, transactions and batches."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from service.sandbox.behaviour import Behaviour
from service.sandbox.conduct import has_modifiers, is_duplicate, kept
from service.sandbox.records import Fault, Records, Resource, new_id

Written = tuple[Resource, bool]


def update(
    records: Records, behaviour: Behaviour, kind: str, id_: str, resource: Resource, if_match: str | None
) -> Written:
    """PUT Type/id. Creates under the client's id where there is nothing yet, if that is taken."""
    behaviour.declared.require_writing(kind)
    if resource.get("id") != id_:
        raise Fault(400, "invalid", "the id is not that of the address")
    with records.lock:
        _check_creatable(records, behaviour, kind, id_)
        return _write(records, behaviour, kind, id_, resource, if_match)


def conditional_update(records: Records, behaviour: Behaviour, kind: str, query: str, resource: Resource) -> Written:
    """PUT Type?identifier=…: none creates, one updates, several are refused."""
    behaviour.declared.require_writing(kind)
    id_ = _id_where(records, behaviour, kind, query)
    with records.lock:
        return _write(records, behaviour, kind, id_ or new_id(), _without_id(resource))


def create(records: Records, behaviour: Behaviour, kind: str, resource: Resource, if_none_exist: str | None) -> Written:
    """POST Type, with If-None-Exist: one match is the answer, and nothing is written."""
    behaviour.declared.require_writing(kind)
    found = _id_unless(records, behaviour, kind, if_none_exist)
    with records.lock:
        if found is not None:
            return records.current(kind, found), False
        return _write(records, behaviour, kind, new_id(), _without_id(resource))


def _write(
    records: Records, behaviour: Behaviour, kind: str, id_: str, resource: Resource, if_match: str | None = None
) -> Written:
    """What the server takes of it, with references that hold."""
    taken = _taken(records, behaviour, kind, id_, resource)
    records.check_references([taken])
    return records.write(kind, id_, taken, if_match)


def _taken(records: Records, behaviour: Behaviour, kind: str, id_: str, resource: Resource) -> Resource:
    conduct = behaviour.conduct
    if conduct.modifiers_refused and has_modifiers(resource):
        raise Fault(422, "extension", "a modifier that is not known here")
    if conduct.duplicate_seconds is not None and (kind, id_) not in records.versions:
        others = [found[-1] for (name, _), found in records.versions.items() if name == kind]
        if any(is_duplicate(conduct, resource, other) for other in others):
            raise Fault(409, "duplicate", "there is one of this kind at this time")
    return kept(conduct, resource)


def bundle(records: Records, behaviour: Behaviour, body: Resource) -> Resource:
    """A transaction happens whole or not at all; the entries of a batch stand alone."""
    kind = body.get("type")
    if body.get("resourceType") != "Bundle" or kind not in ("transaction", "batch"):
        raise Fault(400, "invalid", "a Bundle of type transaction or batch is needed")
    if kind not in behaviour.declared.bundles:
        raise Fault(405, "not-supported", f"no {kind} is taken here")
    entries = body.get("entry") or []
    if not isinstance(entries, list):
        raise Fault(400, "structure", "entry is a list")
    if kind == "batch":
        return _answer(kind, [_apart(records, behaviour, entry) for entry in entries])
    _check_size(behaviour, entries)
    targets = _targets(records, behaviour, entries)
    with records.whole():
        return _answer(kind, _together(records, behaviour, entries, targets))


def _check_size(behaviour: Behaviour, entries: list[Any]) -> None:
    conduct = behaviour.conduct
    if conduct.transactions_refused:
        raise Fault(400, "not-supported", "no transactions today")
    requests = [entry.get("request") for entry in entries if isinstance(entry, dict)]
    named = [one for one in requests if isinstance(one, dict)]
    conditional = any(one.get("ifNoneExist") or "?" in str(one.get("url")) for one in named)
    for most in (conduct.max_transaction_entries, conduct.max_conditional_entries if conditional else None):
        if most is not None and len(entries) > most:
            raise Fault(400, "too-costly", "the transaction has too many entries")


Target = tuple[str, str, bool]


def _targets(records: Records, behaviour: Behaviour, entries: list[dict[str, Any]]) -> list[Target]:
    try:
        return [_target(records, behaviour, entry) for entry in entries]
    except (KeyError, TypeError, AttributeError):
        raise Fault(400, "required", "an entry needs resource and request") from None


def _together(
    records: Records, behaviour: Behaviour, entries: list[dict[str, Any]], targets: list[Target]
) -> list[dict[str, Any]]:
    """Ids first, so that entries may refer to each other in any order; then the writes; then the references."""
    if len(set(targets)) != len(targets):
        raise Fault(400, "duplicate", "two entries write the same resource")
    named = [(entry.get("fullUrl"), target[:2]) for entry, target in zip(entries, targets, strict=True)]
    names = {full_url: "/".join(target) for full_url, target in named if full_url}
    written = []
    for entry, (kind, id_, found) in zip(entries, targets, strict=True):
        if found:
            written.append((records.current(kind, id_), False))
            continue
        renamed = _taken(records, behaviour, kind, id_, {**_renamed(entry["resource"], names), "id": id_})
        written.append(records.write(kind, id_, renamed, entry["request"].get("ifMatch")))
    records.check_references([stored for stored, _ in written])
    return [_response(stored, new) for stored, new in written]


def _target(records: Records, behaviour: Behaviour, entry: dict[str, Any]) -> Target:
    """Type and id, and whether a conditional create found it there: then nothing is written."""
    request, resource = entry["request"], entry["resource"]
    kind = behaviour.declared.require_writing(resource["resourceType"])
    path, _, query = request["url"].partition("?")
    match request["method"], path.split("/"):
        case "PUT", [there] if there == kind and query:
            return kind, _id_where(records, behaviour, kind, query) or new_id(), False
        case "PUT", [there, id_] if there == kind and not query:
            _check_creatable(records, behaviour, kind, id_)
            return kind, id_, False
        case "POST", [there] if there == kind and not query:
            found = _id_unless(records, behaviour, kind, request.get("ifNoneExist"))
            return kind, found or new_id(), found is not None
        case _:
            raise Fault(400, "not-supported", "an entry is a PUT or a POST of its resource")


def _apart(records: Records, behaviour: Behaviour, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        with records.whole():
            return _together(records, behaviour, [entry], _targets(records, behaviour, [entry]))[0]
    except Fault as fault:
        return {"response": {"status": str(fault.status), "outcome": outcome(fault)}}


def matching_id(records: Records, kind: str, query: str) -> str | None:
    """Raises Fault 412 for several, and for a condition on anything but an identifier."""
    asked = parse_qsl(query)
    if len(asked) != 1 or asked[0][0] != "identifier":
        raise Fault(412, "not-supported", "a condition by identifier is needed")
    found = records.by_identifier(kind, asked[0][1])
    if len(found) > 1:
        raise Fault(412, "multiple-matches", "more than one resource matches")
    return str(found[0]["id"]) if found else None


def _id_where(records: Records, behaviour: Behaviour, kind: str, query: str) -> str | None:
    if not behaviour.declared.conditional_update:
        raise Fault(400, "not-supported", "no conditional updates here")
    return _looked_for(records, behaviour, kind, query)


def _id_unless(records: Records, behaviour: Behaviour, kind: str, query: str | None) -> str | None:
    """A server that knows no conditional creates ignores the condition, as HTTP lets it ignore any header."""
    if not query or not behaviour.declared.conditional_create:
        return None
    return _looked_for(records, behaviour, kind, query)


def _looked_for(records: Records, behaviour: Behaviour, kind: str, query: str) -> str | None:
    """On a racing server, what it finds may be out of date when it is used."""
    with records.lock:
        found = matching_id(records, kind, query)
    if behaviour.conduct.race_seconds:
        time.sleep(behaviour.conduct.race_seconds)
    return found


def _check_creatable(records: Records, behaviour: Behaviour, kind: str, id_: str) -> None:
    taken = behaviour.declared.update_create or behaviour.conduct.client_ids
    if not taken and (kind, id_) not in records.versions:
        raise Fault(405, "not-supported", "this server gives the ids")


def _without_id(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key != "id"}


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            k: names.get(v, v) if k == "reference" and isinstance(v, str) else _renamed(v, names)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_renamed(child, names) for child in value]
    return value


def _response(stored: Resource, new: bool) -> dict[str, Any]:
    version = stored["meta"]["versionId"]
    location = f"{stored['resourceType']}/{stored['id']}/_history/{version}"
    status = "201 Created" if new else "200 OK"
    return {"response": {"status": status, "location": location, "etag": f'W/"{version}"'}}


def _answer(kind: str, entries: list[dict[str, Any]]) -> Resource:
    return {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries}


def outcome(fault: Fault) -> Resource:
    issue = {"severity": "error", "code": fault.code, "diagnostics": fault.text}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
