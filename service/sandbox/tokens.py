"""The sandbox's token endpoint: SMART Backend Services as an EHR checks it. Off until a client is registered.

https://hl7.org/fhir/smart-app-launch/client-confidential-asymmetric.html#server-obligations
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field

from service.sandbox.records import Fault

ALGORITHMS = ("RS384", "ES384")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 300
# Asked without a token, as everywhere
OPEN = (["metadata"], [".well-known", "smart-configuration"])


class Registered(BaseModel):
    """A client of this server: who it is, and the keys it is known by."""

    model_config = ConfigDict(extra="forbid")

    client_id: str
    jwks: dict[str, Any]
    expires_in: int = Field(300, ge=1, le=86_400)
    # What the configuration says instead of the real address, for tests of clients that believe everything
    token_endpoint: str | None = None


class RefusedAssertion(Exception):
    """``error`` is OAuth's word; ``reason`` is for the log of the sandbox."""

    def __init__(self, error: str, reason: str) -> None:
        super().__init__(reason)
        self.error, self.reason = error, reason


@dataclass(slots=True)
class Tokens:
    """What was issued and refused; read by every FHIR request."""

    client: Registered | None = None
    issued: dict[str, float] = field(default_factory=dict)
    kids: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def require(self, parts: list[str], authorization: str | None) -> None:
        """Raises Fault 401."""
        if self.client is None or parts in OPEN:
            return
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or time.time() >= self.issued.get(token, 0):
            raise Fault(401, "login", "a valid token is needed")

    def configuration(self, endpoint: str) -> dict[str, Any]:
        if self.client is None:
            raise Fault(404, "not-found", "no client is registered here")
        return {
            "token_endpoint": self.client.token_endpoint or endpoint,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "scopes_supported": ["system/*.cruds"],
            "capabilities": ["client-confidential-asymmetric", "permission-v2"],
        }

    def issue(self, form: dict[str, str], endpoint: str) -> dict[str, Any]:
        """Raises RefusedAssertion, which the log keeps."""
        try:
            client, kid = self._judged(form, endpoint)
        except RefusedAssertion as refused:
            self.refused.append(refused.reason)
            raise
        token = secrets.token_urlsafe(32)
        self.issued[token] = time.time() + client.expires_in
        self.kids.append(kid)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": client.expires_in,
            "scope": form.get("scope", ""),
        }

    def _judged(self, form: dict[str, str], endpoint: str) -> tuple[Registered, str]:
        if self.client is None:
            raise RefusedAssertion("invalid_client", "no client is registered")
        if form.get("grant_type") != "client_credentials":
            raise RefusedAssertion("unsupported_grant_type", "grant type")
        if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("scope"):
            raise RefusedAssertion("invalid_request", "assertion type or scope")
        try:
            keys = KeySet.import_key_set(self.client.jwks)  # type: ignore[arg-type]
            token = jwt.decode(form.get("client_assertion", ""), keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError) as error:
            raise RefusedAssertion("invalid_client", f"signature: {type(error).__name__}") from None
        self._check_claims(self.client, token.claims, endpoint)
        return self.client, str(token.header.get("kid"))

    def _check_claims(self, client: Registered, claims: dict[str, Any], endpoint: str) -> None:
        now, end, jti = time.time(), claims.get("exp"), claims.get("jti")
        if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
            raise RefusedAssertion("invalid_client", "iss or sub")
        if claims.get("aud") != endpoint:
            raise RefusedAssertion("invalid_client", "aud")
        if not isinstance(end, int) or not now < end <= now + LONGEST_LIFE:
            raise RefusedAssertion("invalid_client", "exp")
        if not isinstance(jti, str) or not jti or jti in self.seen:
            raise RefusedAssertion("invalid_client", "jti")
        self.seen.add(jti)
