"""Talking to one EHR: the only place that knows httpx. Every answer is an Outcome.

No redirects, limits on time and size, credentials for the destination's own origin alone, private addresses refused
unless the destination is marked internal.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx

from service.sync.answers import MAX_ANSWER, outcome_of
from service.sync.auth import Asked, Result, Told, auth_for
from service.sync.destinations import Destination
from service.sync.guard import PrivateAddress, public_pool
from service.sync.outcomes import Outcome, Refused, Unavailable, Unknown
from service.sync.pace import Pace
from service.sync.profile import Profile
from service.sync.references import query

FHIR_JSON = "application/fhir+json"
# A 429 is waited for within an attempt so many times, if it asks for no more than so many seconds.
PATIENCE, SHORT_WAIT = 3, 5.0
MAX_PAGE = 5_000_000
# httpx's exceptions and what follows from them: the one table; a test keeps it complete.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
MAYBE_APPLIED = (
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.LocalProtocolError,
    httpx.DecodingError,
)
# Ours to mend, in the destinations file or in this program: trying again changes nothing.
OUR_FAULT = (
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.TooManyRedirects,
    httpx.HTTPStatusError,
    httpx.CookieConflict,
    httpx.StreamConsumed,
    httpx.StreamClosed,
    httpx.ResponseNotRead,
    httpx.RequestNotRead,
)


class Ehr:
    """One destination over HTTP; safe to share between threads. Close it when done.

    ``turn`` is for what only one delivery at a time may do there, whoever its patient is.
    """

    def __init__(
        self,
        destination: Destination,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
    ) -> None:
        self.destination = destination
        self.turn = threading.Lock()
        self.pace = pace or Pace(destination.requests_per_second)
        # What it declares: asked for once per process at least, and as it was last read from the store.
        self.connected = False
        self.learnt: tuple[datetime, Profile] | None = None
        self._busy, self._less_busy = set[str](), threading.Condition()
        self._now = now
        self._auth = auth_for(destination, now)
        self._origin = httpx.URL(destination.base_url)
        self._client = httpx.Client(
            transport=transport or _transport(destination.internal),
            timeout=destination.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": FHIR_JSON, "User-Agent": "infusion-bridge"},
        )

        # They log addresses, which hold identifiers of patients, and headers, which hold the secret.
        for library in ("httpx", "httpcore"):
            logging.getLogger(library).setLevel(logging.WARNING)

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def only(self, name: str) -> Iterator[None]:
        """Nobody else is inside under the same name."""
        with self._less_busy:
            self._less_busy.wait_for(lambda: name not in self._busy)
            self._busy.add(name)
        try:
            yield
        finally:
            with self._less_busy:
                self._busy.discard(name)
                self._less_busy.notify_all()

    def capabilities(self) -> Outcome:
        return self._send("GET", "metadata")

    def read(self, resource_type: str, id_: str) -> Outcome:
        """As it is now, past any cache."""
        return self._send("GET", f"{resource_type}/{id_}", headers={"Cache-Control": "no-cache"})

    def search(self, resource_type: str, system: str, value: str) -> Outcome:
        """By identifier, past any cache: some servers remember searches for a minute."""
        return self._send("GET", f"{resource_type}?{query(system, value)}", headers={"Cache-Control": "no-cache"})

    def put(self, resource_type: str, id_: str, body: bytes, version: str | None = None) -> Outcome:
        """Update that version and no other, or create under the given id."""
        headers = None if version is None else {"If-Match": f'W/"{version}"'}
        return self._send("PUT", f"{resource_type}/{id_}", body, headers)

    def put_where(self, resource_type: str, system: str, value: str, body: bytes) -> Outcome:
        """Conditional update by identifier: none creates, one updates, several are refused."""
        return self._send("PUT", f"{resource_type}?{query(system, value)}", body)

    def create(self, resource_type: str, body: bytes, unless: str | None = None) -> Outcome:
        """``unless`` is a condition on what is there: where it is met, nothing is written."""
        return self._send("POST", resource_type, body, None if unless is None else {"If-None-Exist": unless})

    def bundle(self, bundle: bytes) -> Outcome:
        """Of type transaction or batch."""
        return self._send("POST", "", bundle)

    def match(self, parameters: bytes) -> Outcome:
        """Patient/$match: it changes nothing there, whatever becomes of the answer."""
        outcome = self._send("POST", "Patient/$match", parameters)
        return Unavailable() if isinstance(outcome, Unknown) else outcome

    def find(self, resource_type: str, **conditions: str) -> Outcome:
        """Search by conditions that are ours to write; past any cache."""
        url = f"{self.destination.base_url}/{resource_type}?{urlencode(conditions)}"
        headers = {"Cache-Control": "no-cache"}
        return self._patiently(Asked("GET", url, self.destination.base_url, headers, None, MAX_PAGE))

    def follow(self, link: str) -> Outcome:
        """A link that the destination wrote, such as ``next``: of its own origin and below its base, or refused."""
        try:
            url = httpx.URL(f"{self.destination.base_url}/").join(link)
        except (httpx.InvalidURL, ValueError, TypeError):
            return Refused(0, "security")
        return self._patiently(Asked("GET", str(url), self.destination.base_url, {}, None, MAX_PAGE))

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Outcome:
        url = f"{self.destination.base_url}/{path}" if path else self.destination.base_url
        kind = {"Content-Type": FHIR_JSON} if body is not None else {}
        return self._patiently(Asked(method, url, self.destination.base_url, {**(headers or {}), **kind}, body))

    def _patiently(self, asked: Asked) -> Outcome:
        """Too many requests is not the end of an attempt: it may never get through what it begins with."""
        for _ in range(PATIENCE):
            outcome = self._run(asked)
            wait = outcome.retry_after if isinstance(outcome, Unavailable) and outcome.status == 429 else None
            if not isinstance(outcome, Unavailable) or outcome.status != 429 or (wait or 0) > SHORT_WAIT:
                return outcome
            self.pace.sleep(max(wait or 0, 0.5))
        return outcome

    def _run(self, asked: Asked) -> Outcome:
        """Drive the flow of who is asking to its end."""
        if not self._is_below(asked.url):
            return Refused(0, "security")
        flow = self._auth.flow(asked)
        try:
            with closing(flow):
                step = next(flow)
                while True:
                    step = flow.send(self._exchange(step))
        except StopIteration as end:
            told: Result = end.value
        if not isinstance(told, Told):
            return told
        return outcome_of(told.status, told.headers, told.body, asked.method, self._now())

    def _exchange(self, asked: Asked) -> Result:
        """One request, for a token too, and what came of it."""
        self.pace.wait()
        try:
            url = httpx.URL(asked.url)
            if not _is_of(url, httpx.URL(asked.origin)):
                return Refused(0, "security")
            request = self._client.build_request(asked.method, url, content=asked.body, headers=dict(asked.headers))
            response = self._client.send(request, stream=True)
            try:
                return Told(response.status_code, response.headers, self._read(response, asked.limit or MAX_ANSWER))
            finally:
                response.close()
        except PrivateAddress:
            return Refused(0, "security")
        except NEVER_SENT:
            return Unavailable()
        except MAYBE_APPLIED as error:
            return Unavailable() if asked.method == "GET" else Unknown(type(error).__name__)
        except OUR_FAULT:
            return Refused(0, "exception")

    def _is_below(self, address: str) -> bool:
        """Of the destination's own origin, and below its base: credentials go nowhere else."""
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            return False
        below = f"{url.path}/".startswith(f"{self._origin.path.rstrip('/')}/")
        # Dots that are spelt as %2e are dots to many servers.
        return _is_of(url, self._origin) and below and not {".", ".."} & set(re.split(r"[/\\]", url.path))

    def _read(self, response: httpx.Response, limit: int) -> bytes | None:
        """The body, or None when it is too large or takes too long."""
        parts, size = [], 0
        end = time.monotonic() + self.destination.timeout_seconds
        for part in response.iter_bytes():
            size += len(part)
            if size > limit or time.monotonic() > end:
                return None
            parts.append(part)
        return b"".join(parts)


def _is_of(url: httpx.URL, origin: httpx.URL) -> bool:
    """As the client itself reads both. An address with a user in it would bring credentials of its own."""
    same = (url.scheme, url.host, _port(url)) == (origin.scheme, origin.host, _port(origin))
    return same and not url.userinfo


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)


def _transport(internal: bool) -> httpx.HTTPTransport:
    found = httpx.HTTPTransport(trust_env=False)
    if not internal:
        # httpx takes no network of ours; a test shows that this one is in use.
        found._pool = public_pool(httpx.create_ssl_context(trust_env=False))
    return found
