"""Who may ask for what: API keys and two roles. Deny first: an address that no rule opens is shut.

A key is 256 random bits, so its plain SHA-256 is safe at rest, and looking it up costs the same for every key.
It comes as ``Authorization: Bearer KEY``, or as the password of HTTP Basic, so that a browser can open a summary.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.errors import refusal
from service.api.origins import check_origin, header
from service.api.parts import Caller
from service.errors import Forbidden, ServiceError, Unauthenticated
from service.settings import is_loopback
from service.store import ApiKey, Store

# Served to anybody, by exact address
PUBLIC = frozenset(
    {"/health/live", "/health/ready", "/fhir/metadata", "/docs", "/openapi.json", "/.well-known/jwks.json"}
)
# The first that fits decides; the last fits everything
RULES: tuple[tuple[str, frozenset[str]], ...] = (
    ("/fhir", frozenset({"clinic", "reader"})),
    ("/summaries", frozenset({"clinic", "reader"})),
    ("", frozenset({"clinic"})),
)
# How long a key that was good is not looked up again: a revoked one may work for this long, in seconds.
TRUST_SECONDS = 1.0
ANYBODY = Caller("open", "clinic")


class KeyRing:
    """From keys to callers. Only good keys are remembered, so strangers cannot fill the memory."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._trusted: dict[str, tuple[float, Caller]] = {}

    async def caller(self, key: str) -> Caller:
        """Raises Unauthenticated."""
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
        until, caller = self._trusted.get(digest, (0.0, ANYBODY))
        if self._clock() < until:
            return caller
        found = await self._find(digest)
        if found is None:
            self._trusted.pop(digest, None)
            raise Unauthenticated("the API key is not known, or was revoked")
        caller = Caller(found.name, found.role)
        self._trusted[digest] = (self._clock() + TRUST_SECONDS, caller)
        return caller

    async def _find(self, digest: str) -> ApiKey | None:
        if self._store.embedded:
            return self._store.key_by_hash(digest)
        return await run_in_threadpool(self._store.key_by_hash, digest)


class Guard:
    """Stands before every route, also before those that do not exist."""

    def __init__(self, app: ASGIApp, keys: KeyRing, is_open: bool, own_url: str | None = None) -> None:
        self._app = app
        self._keys = keys
        self._is_open = is_open
        self._own_url = own_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                await self._admit(scope)
            except ServiceError as error:
                await refusal(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        """Name the caller in the scope, or raise Unauthenticated or Forbidden."""
        if self._is_open:
            _check_host(scope)
            scope["caller"] = ANYBODY
        elif scope["path"] not in PUBLIC:
            scope["caller"] = caller = await self._keys.caller(_key(scope))
            if caller.role not in roles_for(scope["path"]):
                raise Forbidden(f"this needs another role than {caller.role}")
        check_origin(scope, self._own_url)


def roles_for(path: str) -> frozenset[str]:
    """The roles that may use an address."""
    return next(roles for prefix, roles in RULES if path == prefix or path.startswith(prefix + "/") or not prefix)


def _key(scope: Scope) -> str:
    value = header(scope, b"authorization")
    if value is None:
        raise Unauthenticated("an API key is needed")
    scheme, _, credentials = value.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":
        return _password(credentials.strip())
    raise Unauthenticated("an API key comes as Bearer token or as Basic password")


def _password(credentials: str) -> str:
    try:
        _, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:  # not base64, not ASCII, or not UTF-8 within
        raise Unauthenticated("the Basic credentials cannot be read") from None
    return password


def _check_host(scope: Scope) -> None:
    """An open service answers only to names that mean this machine: no web page may reach it under its own name.

    A single-label name cannot be bought by a stranger, so it counts too.
    """
    host = (header(scope, b"host") or "").lower()
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if not is_loopback(name) and ("." in name or ":" in name):
        raise Forbidden("an open service answers to loopback names only")
