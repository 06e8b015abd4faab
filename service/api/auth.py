"""Who may ask for what: API keys, deny first.

A key comes as ``Authorization: Bearer KEY``, or as the password of HTTP Basic so that a browser can open a summary.
The store knows its SHA-256 only: keys are 256 random bits, which no dictionary holds.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable

from fastapi import Request

from service.api.service import service_of
from service.errors import Forbidden, Unauthenticated

CLINIC, READER = "clinic", "reader"
# What each role may do: a clinic system hands over sessions and reads everything, a reader reads FHIR and summaries.
MAY = {CLINIC: frozenset({"sessions", "fhir", "summaries"}), READER: frozenset({"fhir", "summaries"})}
OPEN = "open"


def may(right: str) -> Callable[[Request], str]:
    """A dependency that lets a caller through who holds the right, and answers with the caller's name."""

    def check(request: Request) -> str:
        return caller(request, right)

    check.right = right  # type: ignore[attr-defined]  # read by the test that walks all routes
    return check


def caller(request: Request, right: str) -> str:
    """The name of the key. Raises Unauthenticated or Forbidden."""
    service = service_of(request)
    if service.settings.auth == "open":
        return OPEN
    key = _key(request.headers.get("authorization", ""))
    found = service.store.key_by_hash(hashlib.sha256(key.encode()).hexdigest()) if key else None
    if found is None:
        raise Unauthenticated("an API key is needed")
    if right not in MAY.get(found.role, frozenset()):
        raise Forbidden("this key is not for this")
    return found.name


def _key(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
