"""Resources as a destination should receive them: without our stamp, with references it understands. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from service.fhirjson import encode, read_json

STAMP = re.compile(rb'"meta":\{"versionId":"\d+","lastUpdated":"[^"]+",')


def unstamped(content: bytes) -> bytes:
    """Our version and time are ours: the EHR makes its own."""
    return STAMP.sub(b'"meta":{', content, count=1)


def rewritten(content: bytes, names: Mapping[str, str], keep_id: bool) -> bytes:
    """References named in ``names`` replaced; without them, and with the id kept, the very bytes that were stored."""
    if keep_id and not any(name.encode() in content for name in names):
        return content
    resource = read_json(content)
    if not keep_id:
        del resource["id"]
    return encode(_replaced(resource, names))


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(child, child) if key == "reference" and isinstance(child, str) else _replaced(child, names)
            for key, child in value.items()
        }
    if isinstance(value, list):
        return [_replaced(child, names) for child in value]
    return value


def id_in(location: str | None, resource_type: str) -> tuple[str, str | None] | None:
    """Id and version out of ``…/Type/id/_history/version``, or None."""
    match = re.search(
        rf"{resource_type}/([A-Za-z0-9\-.]{{1,64}})(?:/_history/([A-Za-z0-9\-.]{{1,64}}))?$", location or ""
    )
    return (match[1], match[2]) if match else None
