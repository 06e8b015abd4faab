"""How a destination learns who is asking: nothing, a bearer token, basic, or SMART Backend Services.

A flow does no I/O: it yields each request as it should be sent and is given what came of it, until it returns the
answer. So a token is fetched by whoever drives the flow, through the same client and its rules.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from __future__ import annotations

import re
import secrets
import threading
from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlencode

from service.sync.answers import outcome_of
from service.sync.destinations import Destination
from service.sync.keys import SigningKey, signing_key
from service.sync.outcomes import Accepted, Edited, Outcome, Refused, Unauthorized, Unavailable, Unknown

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE = timedelta(minutes=4)  # five at most; the rest is for clocks that differ
MARGIN = timedelta(seconds=30)
# Where an answer does not say how long a token lives
SHORT_LIFE = 60.0
LONGEST_LIFE = 86_400.0
# After a failure nobody asks again for so long: those who waited get the same answer.
PAUSE = timedelta(seconds=5)
MAX_TOKEN_ANSWER = 100_000
TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,16000}=*")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be sent. It goes nowhere but to the origin of ``origin``, which the destinations file names."""

    method: str
    url: str
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What was answered. ``body`` is None when it was too large or too slow; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None = field(repr=False)


# What became of a request: an answer, or the trouble that stood in its place.
Result = Told | Outcome
Flow = Generator[Asked, Result, Result]


class Auth(Protocol):
    def flow(self, asked: Asked) -> Flow: ...


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    until: datetime


def auth_for(destination: Destination, now: Callable[[], datetime]) -> Auth:
    return Smart(destination, now) if destination.smart is not None else Static(destination)


@dataclass(frozen=True, slots=True)
class Static:
    """Nothing, or a secret that is read anew for each request."""

    destination: Destination

    def flow(self, asked: Asked) -> Flow:
        secret = self.destination.secret()
        if secret is None:
            return (yield asked)
        basic = self.destination.auth == "basic"
        value = f"Basic {b64encode(secret.encode()).decode()}" if basic else f"Bearer {secret}"
        return (yield _bearing(asked, value))


class Smart:
    """A token by a signed assertion, kept until shortly before its end. One is fetched at a time; the others wait."""

    def __init__(self, destination: Destination, now: Callable[[], datetime]) -> None:
        assert destination.smart is not None
        self._destination, self._client = destination, destination.smart
        self._now = now
        self._fetching = threading.Lock()
        self._token: Token | None = None
        self._endpoint: str | None = None
        self._failed: tuple[datetime, Outcome] | None = None

    def flow(self, asked: Asked) -> Flow:
        """A 401 means that nothing was applied: the token is fetched anew, once, and the request repeated."""
        token = yield from self._valid(None)
        if not isinstance(token, Token):
            return token
        told = yield _bearing(asked, f"Bearer {token.value}")
        if not isinstance(told, Told) or told.status != 401:
            return told
        token = yield from self._valid(token)
        if not isinstance(token, Token):
            return token
        return (yield _bearing(asked, f"Bearer {token.value}"))

    def _valid(self, spoilt: Token | None) -> Generator[Asked, Result, Token | Outcome]:
        """``spoilt`` was refused: it is not used again, but what another has fetched since is."""
        with self._fetching:
            if self._token is not None and self._token is not spoilt and self._now() < self._token.until:
                return self._token
            self._token = None
            if self._failed is not None and self._now() < self._failed[0]:
                return self._failed[1]
            found = yield from self._fetch()
            if isinstance(found, Token):
                self._token, self._failed = found, None
            else:
                self._endpoint, self._failed = None, (self._now() + PAUSE, found)
            return found

    def _fetch(self) -> Generator[Asked, Result, Token | Outcome]:
        endpoint = self._client.token_url or self._endpoint
        if endpoint is None:
            discovered = yield from self._discover()
            if not isinstance(discovered, str):
                return discovered
            endpoint = self._endpoint = discovered
        key = signing_key(self._client.keys, self._destination.name)
        body = urlencode(token_request(self._client.client_id, endpoint, self._client.scope, key, self._now()))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        # One that the file names is trusted; one that was discovered must be of the destination's own origin.
        origin = self._client.token_url or self._destination.base_url
        asked_at = self._now()
        told = yield Asked("POST", endpoint, origin, headers, body.encode(), MAX_TOKEN_ANSWER)
        return token_in(told, asked_at)

    def _discover(self) -> Generator[Asked, Result, str | Outcome]:
        base = self._destination.base_url
        headers = {"Accept": "application/json"}
        told = yield Asked("GET", f"{base}/.well-known/smart-configuration", base, headers, None, MAX_TOKEN_ANSWER)
        answer = _settled(told, self._now())
        if not isinstance(answer, Accepted):
            return answer
        found = answer.body.get("token_endpoint") if isinstance(answer.body, dict) else None
        return found if isinstance(found, str) and found else Unauthorized(answer.status)


def token_request(client_id: str, endpoint: str, scope: str, key: SigningKey, now: datetime) -> dict[str, str]:
    """The form of a client_credentials request with private_key_jwt; the assertion is good once and for minutes."""
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": endpoint,
        "jti": secrets.token_urlsafe(24),
        "iat": int(now.timestamp()),
        "exp": int((now + ASSERTION_LIFE).timestamp()),
    }
    return {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": key.sign(claims),
    }


def token_in(told: Result, asked_at: datetime) -> Token | Outcome:
    """The token of an answer, counted from when it was asked for; or why there is none."""
    answer = _settled(told, asked_at)
    if not isinstance(answer, Accepted):
        return answer
    body: dict[str, Any] = answer.body if isinstance(answer.body, dict) else {}
    value, kind, life = body.get("access_token"), body.get("token_type"), body.get("expires_in")
    if not isinstance(value, str) or not TOKEN.fullmatch(value) or str(kind).lower() != "bearer":
        return Unauthorized(answer.status)
    counts = isinstance(life, int | Decimal) and not isinstance(life, bool)
    seconds = min(max(float(life), 0.0), LONGEST_LIFE) if counts and life is not None else SHORT_LIFE
    return Token(value, asked_at + timedelta(seconds=seconds) - MARGIN)


def _settled(told: Result, now: datetime) -> Outcome:
    """Nothing of the delivery itself was sent yet: it is never unknown, and a refusal is one of who is asking."""
    outcome = outcome_of(told.status, told.headers, told.body, "GET", now) if isinstance(told, Told) else told
    match outcome:
        case Accepted() | Unavailable():
            return outcome
        case Refused(status=0):
            return outcome
        case Unknown() | Edited():
            return Unavailable()
        case _:
            return Unauthorized(outcome.status)


def _bearing(asked: Asked, value: str) -> Asked:
    return replace(asked, headers={**asked.headers, "Authorization": value})
