"""The sandbox's search: by _id, identifier, patient, or all of a type, the latest written last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlencode

from service.sandbox.records import Fault, Records, Resource

MOST = 1000


def search(records: Records, kind: str, asked: Sequence[tuple[str, str]], by_identifier: bool = True) -> Resource:
    """A page of a searchset; ``total`` counts all that match, ``next`` leads to the rest."""
    found, count, start = records.all(kind), MOST, 0
    for name, value in asked:
        if name == "identifier" and by_identifier:
            ids = {match["id"] for token in _or(value) for match in records.by_identifier(kind, token)}
            found = [r for r in found if r["id"] in ids]
        elif name == "_id":
            found = [r for r in found if r["id"] in _or(value)]
        elif name in ("patient", "subject"):
            wanted = {f"Patient/{one.removeprefix('Patient/')}" for one in _or(value)}
            found = [r for r in found if any(_about(r, element) in wanted for element in ("subject", "patient"))]
        elif name == "_count" and value.isascii() and value.isdigit():
            count = min(int(value[:6]), MOST)
        elif name == "_offset" and value.isascii() and value.isdigit():
            start = int(value[:9])
        else:
            raise Fault(400, "not-supported", "this search parameter is not supported")
    page = found[start : start + count]
    answer = bundle("searchset", page, len(found))
    if page and start + count < len(found):
        following = [*((name, value) for name, value in asked if name != "_offset"), ("_offset", str(start + count))]
        answer["link"] = [{"relation": "next", "url": f"{kind}?{urlencode(following)}"}]
    return answer


def bundle(kind: str, resources: list[Resource], total: int) -> Resource:
    head: Resource = {"resourceType": "Bundle", "type": kind, "total": total}
    return {**head, "entry": [{"resource": resource} for resource in resources]} if resources else head


def _about(resource: Resource, element: str) -> str:
    value = resource.get(element)
    return str(value.get("reference")) if isinstance(value, dict) else ""


def _or(value: str) -> list[str]:
    """The alternatives between commas; a comma behind a backslash is none."""
    return re.findall(r"(?:\\.|[^,\\])+", value)
