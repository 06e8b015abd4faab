"""Resources as a destination should receive them: without our stamp, with references it understands. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from service.fhirjson import encode, read_json

STAMP = re.compile(rb'"meta":\{"versionId":"\d+","lastUpdated":"[^"]+",')
# What stands in the place of "Type/our-id": a reference, or the identifier of something that is not there.
Names = Mapping[str, str | dict[str, str]]


def unstamped(content: bytes) -> bytes:
    """Our version and time are ours: the EHR makes its own."""
    return STAMP.sub(b'"meta":{', content, count=1)


def rewritten(content: bytes, names: Names, id_: str | None) -> bytes:
    """The resource under the id it has there (None: the EHR gives one), its references replaced as ``names`` says.

    Where nothing is to be replaced, these are the very bytes that were stored.
    """
    if id_ is not None and b'"id":"%b"' % id_.encode() in content[:200] and not _any_in(content, names):
        return content
    resource = read_json(content)
    head = {"resourceType": resource["resourceType"], **({} if id_ is None else {"id": id_})}
    rest = {key: child for key, child in resource.items() if key not in ("resourceType", "id")}
    return encode({**head, **_replaced(rest, names)})


def _any_in(content: bytes, names: Names) -> bool:
    return any(b'"%b"' % name.encode() in content for name in names)


def _replaced(value: Any, names: Names) -> Any:
    if isinstance(value, dict):
        found = {key: _replaced(child, names) for key, child in value.items()}
        name = names.get(value["reference"]) if isinstance(value.get("reference"), str) else None
        if isinstance(name, str):
            return {**found, "reference": name}
        if name is not None:
            return {**{key: child for key, child in found.items() if key != "reference"}, "identifier": name}
        return found
    if isinstance(value, list):
        return [_replaced(child, names) for child in value]
    return value


def id_in(location: Any, resource_type: str) -> tuple[str, str | None] | None:
    """Id and version out of ``…/Type/id/_history/version``, or None."""
    id_ = r"((?!\.+(?:/|$))[A-Za-z0-9\-.]{1,64})"
    found = re.search(
        rf"(?:^|/){resource_type}/{id_}(?:/_history/{id_})?$", location if isinstance(location, str) else ""
    )
    return (found[1], found[2]) if found else None


def query(system: str, value: str) -> str:
    """``identifier=system|value``, escaped as FHIR and as URLs ask for."""
    return f"identifier={quote(token(system, value), safe='')}"


def token(system: str, value: str) -> str:
    """``system|value``, escaped as FHIR asks for."""
    return "|".join(re.sub(r"([\\,$|])", r"\\\1", part) for part in (system, value))
