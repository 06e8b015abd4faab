"""FHIR's interactions over the records: single writes, conditional ones, transactions and batches."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from service.sandbox.behaviour import Declared
from service.sandbox.records import Fault, Records, Resource, new_id

Written = tuple[Resource, bool]


def update(
    records: Records, declared: Declared, kind: str, id_: str, resource: Resource, if_match: str | None
) -> Written:
    """PUT Type/id. Creates under the client's id where there is nothing yet, if that is declared."""
    declared.require(kind)
    if resource.get("id") != id_:
        raise Fault(400, "invalid", "the id is not that of the address")
    with records.lock:
        _check_creatable(records, declared, kind, id_)
        records.check_references([resource])
        return records.write(kind, id_, resource, if_match)


def conditional_update(records: Records, declared: Declared, kind: str, query: str, resource: Resource) -> Written:
    """PUT Type?identifier=…: none creates, one updates, several are refused."""
    declared.require(kind)
    with records.lock:
        id_ = _id_where(records, declared, kind, query)
        records.check_references([resource])
        return records.write(kind, id_ or new_id(), _without_id(resource))


def create(records: Records, declared: Declared, kind: str, resource: Resource, if_none_exist: str | None) -> Written:
    """POST Type, with If-None-Exist: one match is the answer, and nothing is written."""
    declared.require(kind)
    with records.lock:
        if if_none_exist and (found := matching_id(records, kind, if_none_exist)):
            return records.current(kind, found), False
        records.check_references([resource])
        return records.write(kind, new_id(), _without_id(resource))


def bundle(records: Records, declared: Declared, body: Resource) -> Resource:
    """A transaction happens whole or not at all; the entries of a batch stand alone."""
    kind = body.get("type")
    if body.get("resourceType") != "Bundle" or kind not in ("transaction", "batch"):
        raise Fault(400, "invalid", "a Bundle of type transaction or batch is needed")
    if not declared.transaction:
        raise Fault(405, "not-supported", "no transactions and no batches here")
    entries = body.get("entry") or []
    if not isinstance(entries, list):
        raise Fault(400, "structure", "entry is a list")
    if kind == "batch":
        return _answer(kind, [_apart(records, declared, entry) for entry in entries])
    with records.whole():
        return _answer(kind, _together(records, declared, entries))


def _together(records: Records, declared: Declared, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids first, so that entries may refer to each other in any order; then the writes; then the references."""
    try:
        targets = [_target(records, declared, entry) for entry in entries]
        resources = [entry["resource"] for entry in entries]
        named = [(entry.get("fullUrl"), target[:2]) for entry, target in zip(entries, targets, strict=True)]
    except (KeyError, TypeError, AttributeError):
        raise Fault(400, "required", "an entry needs resource and request") from None
    if len(set(targets)) != len(targets):
        raise Fault(400, "duplicate", "two entries write the same resource")
    names = {full_url: "/".join(target) for full_url, target in named if full_url}
    written = []
    for entry, resource, (kind, id_, found) in zip(entries, resources, targets, strict=True):
        if found:
            written.append((records.current(kind, id_), False))
            continue
        renamed = {**_renamed(resource, names), "id": id_}
        written.append(records.write(kind, id_, renamed, entry["request"].get("ifMatch")))
    records.check_references([stored for stored, _ in written])
    return [_response(stored, new) for stored, new in written]


def _target(records: Records, declared: Declared, entry: dict[str, Any]) -> tuple[str, str, bool]:
    """Type and id, and whether a conditional create found it there: then nothing is written."""
    request, resource = entry["request"], entry["resource"]
    kind = declared.require(resource["resourceType"])
    path, _, query = request["url"].partition("?")
    match request["method"], path.split("/"):
        case "PUT", [there] if there == kind and query:
            return kind, _id_where(records, declared, kind, query) or new_id(), False
        case "PUT", [there, id_] if there == kind and not query:
            _check_creatable(records, declared, kind, id_)
            return kind, id_, False
        case "POST", [there] if there == kind and not query:
            where = request.get("ifNoneExist")
            found = matching_id(records, kind, where) if where else None
            return kind, found or new_id(), found is not None
        case _:
            raise Fault(400, "not-supported", "an entry is a PUT or a POST of its resource")


def _apart(records: Records, declared: Declared, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        with records.whole():
            return _together(records, declared, [entry])[0]
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


def _id_where(records: Records, declared: Declared, kind: str, query: str) -> str | None:
    if not declared.conditional_update:
        raise Fault(400, "not-supported", "no conditional updates here")
    return matching_id(records, kind, query)


def _check_creatable(records: Records, declared: Declared, kind: str, id_: str) -> None:
    if not declared.update_create and (kind, id_) not in records.versions:
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
