"""Plain resources and Bundles, to ask a server what it makes of them."""

from __future__ import annotations

from typing import Any

import httpx

SYSTEM = "urn:test:semantics"
DANGLING = (400, 422)
STALE = (409, 412)


def patient(value: str, **elements: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "identifier": [{"system": SYSTEM, "value": value}], **elements}


def observation(subject: str, **elements: Any) -> dict[str, Any]:
    code = {"text": "made up"}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "subject": {"reference": subject},
        **elements,
    }


def entry(method: str, url: str, resource: dict[str, Any], full_url: str | None = None, **more: str) -> dict[str, Any]:
    named = {"fullUrl": full_url} if full_url else {}
    return {**named, "resource": resource, "request": {"method": method, "url": url, **more}}


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def where(value: str) -> dict[str, str]:
    return {"identifier": f"{SYSTEM}|{value}"}


def found(ehr: httpx.Client, value: str, kind: str = "Patient") -> list[dict[str, Any]]:
    answer = ehr.get(kind, params=where(value), headers={"Cache-Control": "no-cache"}).json()
    return [one["resource"] for one in answer.get("entry", [])]
