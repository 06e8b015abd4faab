"""Talking to one EHR: the only place that knows httpx. Every answer is an Outcome.

No redirects, limits on time and size, credentials for the destination's own origin alone, private addresses refused
unless the destination is marked internal.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from service.errors import ServiceError
from service.fhirjson import read_json
from service.sync.destinations import Destination
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unauthorized, Unavailable, Unknown

FHIR_JSON = "application/fhir+json"
MAX_ANSWER = 20_000_000
NOT_NOW = frozenset({408, 421, 423, 425, 429})
# httpx's exceptions → whether the request can have been applied. A test keeps this complete.
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
)
MAYBE_APPLIED = (
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.DecodingError,
    httpx.TooManyRedirects,
)


class Ehr:
    """One destination over HTTP. Close it when done."""

    def __init__(
        self,
        destination: Destination,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.destination = destination
        self._now = now
        self._client = httpx.Client(
            transport=transport,
            timeout=destination.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": FHIR_JSON},
        )
        self._guarded = transport is None

    def close(self) -> None:
        self._client.close()

    def capabilities(self) -> Outcome:
        return self._send("GET", "metadata")

    def transaction(self, bundle: bytes) -> Outcome:
        return self._send("POST", "", bundle)

    def put(self, path: str, body: bytes) -> Outcome:
        """``Type/id``, or ``Type?identifier=…`` for a conditional update."""
        return self._send("PUT", path, body)

    def search(self, resource_type: str, system: str, value: str) -> Outcome:
        """By identifier, past any cache: some servers remember searches for a minute."""
        token = quote(f"{system}|{value}", safe="")
        return self._send("GET", f"{resource_type}?identifier={token}", headers={"Cache-Control": "no-cache"})

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Outcome:
        url = f"{self.destination.base_url.rstrip('/')}/{path}".rstrip("/")
        if self._guarded and not self.destination.internal and not _is_public(url):
            return Refused(0, "security")
        try:
            request = self._client.build_request(method, url, content=body, headers=self._headers(body, headers))
            response = self._client.send(request, stream=True)
            try:
                return self._outcome(response, method)
            finally:
                response.close()
        except BEFORE_SENDING:
            return Unavailable()
        except MAYBE_APPLIED as error:
            return Unavailable() if method == "GET" else Unknown(type(error).__name__)

    def _headers(self, body: bytes | None, more: dict[str, str] | None) -> dict[str, str]:
        found = {**(more or {}), **({"Content-Type": FHIR_JSON} if body is not None else {})}
        secret = self.destination.secret()
        if secret is None:
            return found
        if self.destination.auth == "bearer":
            return {**found, "Authorization": f"Bearer {secret}"}
        user, _, password = secret.partition(":")
        flow = httpx.BasicAuth(user, password).auth_flow(httpx.Request("GET", self.destination.base_url))
        return {**found, "Authorization": next(flow).headers["Authorization"]}

    def _outcome(self, response: httpx.Response, method: str) -> Outcome:
        status = response.status_code
        body = _read(response)
        if 200 <= status < 300:
            return self._accepted(response, body, method)
        if status in (401, 407):
            return Unauthorized(status)
        if status in (409, 412):
            return Conflict(status)
        if status in NOT_NOW or status >= 500:
            return Unavailable(status, self._retry_after(response))
        return Refused(status, _issue_code(body))

    def _accepted(self, response: httpx.Response, body: bytes | None, method: str) -> Outcome:
        if body is None:
            return Unknown("the answer is too large or was cut off")
        try:
            parsed = read_json(body, max_bytes=MAX_ANSWER) if body.strip() else None
        except ServiceError:
            return Unavailable() if method == "GET" else Unknown("the answer is not JSON")
        version = response.headers.get("etag", "").removeprefix("W/").strip('"') or None
        return Accepted(response.status_code, parsed, response.headers.get("location"), version)

    def _retry_after(self, response: httpx.Response) -> float | None:
        text = response.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            return max((parsedate_to_datetime(text) - self._now()).total_seconds(), 0)
        except (TypeError, ValueError):
            return None


def _read(response: httpx.Response) -> bytes | None:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > MAX_ANSWER:
            return None
        parts.append(part)
    return b"".join(parts)


def _issue_code(body: bytes | None) -> str:
    """The first IssueType of an OperationOutcome; its texts are the EHR's and may hold a patient's data."""
    try:
        parsed: Any = read_json(body or b"", max_bytes=MAX_ANSWER)
        code = parsed["issue"][0]["code"]
    except (ServiceError, KeyError, IndexError, TypeError):
        return ""
    return code if isinstance(code, str) and code.replace("-", "").isalpha() and len(code) < 40 else ""


def _is_public(url: str) -> bool:
    """Every address the host resolves to is a public one."""
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return True  # it cannot be reached at all: the request itself will say so
    return all(ipaddress.ip_address(str(address[4][0]).partition("%")[0]).is_global for address in found)
