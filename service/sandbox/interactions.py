"""FHIR's interactions over the records: single writes, conditional ones, transactions and batches."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote

from service.sandbox.records import Fault, Records, Resource, new_id

TRANSACTION = ("transaction", "batch")


def update(records: Records, kind: str, id_: str, resource: Resource, if_match: str | None) -> tuple[Resource, bool]:
    """PUT Type/id. Creates under the client's id where there is nothing yet."""
    with records.lock:
        if resource.get("id") != id_:
            raise Fault(400, "invalid", "the id is not that of the address")
        records.check_references([resource])
        return records.write(kind, id_, resource, if_match)


def conditional_update(records: Records, kind: str, query: str, resource: Resource) -> tuple[Resource, bool]:
    """PUT Type?identifier=…: none creates, one updates, several are refused."""
    with records.lock:
        records.check_references([resource])
        id_ = _matching_id(records, kind, query) or new_id()
        return records.write(kind, id_, {k: v for k, v in resource.items() if k != "id"})


def create(records: Records, kind: str, resource: Resource, if_none_exist: str | None) -> tuple[Resource, bool]:
    """POST Type, with If-None-Exist: one match is the answer, and nothing is written."""
    with records.lock:
        if if_none_exist is not None and (found := _matching_id(records, kind, if_none_exist)):
            return records.current(kind, found), False
        records.check_references([resource])
        return records.write(kind, new_id(), {k: v for k, v in resource.items() if k != "id"})


def bundle(records: Records, body: Resource) -> Resource:
    """A transaction happens whole or not at all; the entries of a batch stand alone."""
    kind = body.get("type")
    if body.get("resourceType") != "Bundle" or kind not in TRANSACTION:
        raise Fault(400, "invalid", "a Bundle of type transaction or batch is needed")
    with records.lock:
        if kind == "batch":
            return _answer(kind, [_apart(records, entry) for entry in body.get("entry", [])])
        snapshot = records.snapshot()
        try:
            return _answer(kind, _together(records, body.get("entry", [])))
        except Exception:
            records.restore(snapshot)
            raise


def _together(records: Records, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ids first, so that entries may refer to each other in any order; then the writes; then the references."""
    ids = [_entry_id(records, entry) for entry in entries]
    names = {
        entry["fullUrl"]: f"{entry['resource']['resourceType']}/{id_}"
        for entry, id_ in zip(entries, ids, strict=True)
        if "fullUrl" in entry
    }
    written = []
    for entry, id_ in zip(entries, ids, strict=True):
        resource = _renamed(entry["resource"], names)
        stored, new = records.write(resource["resourceType"], id_, {**resource, "id": id_}, _if_match(entry))
        written.append((stored, new))
    records.check_references([stored for stored, _ in written])
    return [_response(stored, new) for stored, new in written]


def _entry_id(records: Records, entry: dict[str, Any]) -> str:
    try:
        request, resource = entry["request"], entry["resource"]
        method, url, kind = request["method"], request["url"], resource["resourceType"]
    except (KeyError, TypeError):
        raise Fault(400, "required", "an entry needs resource and request") from None
    path, _, query = url.partition("?")
    if method == "PUT" and query:
        return _matching_id(records, path, query) or new_id()
    if method == "PUT" and path.startswith(f"{kind}/"):
        return str(path.partition("/")[2])
    if method == "POST" and path == kind:
        return (request.get("ifNoneExist") and _matching_id(records, kind, request["ifNoneExist"])) or new_id()
    raise Fault(400, "not-supported", "an entry is a PUT or a POST of its resource")


def _apart(records: Records, entry: dict[str, Any]) -> dict[str, Any]:
    snapshot = records.snapshot()
    try:
        return _together(records, [entry])[0]
    except Fault as fault:
        records.restore(snapshot)
        return {"response": {"status": str(fault.status), "outcome": outcome(fault)}}


def _matching_id(records: Records, kind: str, query: str) -> str | None:
    tokens = parse_qs(unquote(query).replace("+", "%2B")).get("identifier")
    if not tokens:
        raise Fault(412, "not-supported", "a condition by identifier is needed")
    found = records.by_identifier(kind, tokens[0])
    if len(found) > 1:
        raise Fault(412, "multiple-matches", "more than one resource matches")
    return str(found[0]["id"]) if found else None


def _if_match(entry: dict[str, Any]) -> str | None:
    found = entry["request"].get("ifMatch")
    return found if isinstance(found, str) else None


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
