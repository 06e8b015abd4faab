"""A whole delivery with tokens: our keys as they are served, an EHR that checks every assertion, and keys that change.

The sandbox alone: HAPI has no token endpoint of its own.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import NOW, publish, session
from joserfc import jwt
from signing import kid, made, public, write_key

from service.store import Store
from service.sync import Destination
from service.sync.auth import token_request
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.keys import key_set, signing_key
from service.sync.outcomes import Accepted, Unauthorized


def destination(sandbox: Sandbox, keys: Path, **changes: Any) -> Destination:
    smart = {"client_id": "bridge", "keys": [keys], **changes}
    return hospital(sandbox, auth="smart", smart=smart)


def register(sandbox: Sandbox, jwks: dict[str, Any], **changes: Any) -> str:
    return str(sandbox.control("tokens", client_id="bridge", jwks=jwks, **changes)["token_endpoint"])


def said(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = sandbox.get(sandbox.base_url.replace("/fhir", "/_control/tokens"))
    return found


@pytest.mark.parametrize("kind", ["RS384", "ES384"])
def test_a_session_arrives_with_a_token(store: Store, sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    """The keys that the EHR knows are those that we serve."""
    write_key(tmp_path, kind)
    register(sandbox, key_set([tmp_path]))
    publish(store, session())
    assert isinstance(sent(store, destination(sandbox, tmp_path)).outcome, Accepted)
    assert len(sandbox.log()) == 5
    assert said(sandbox) == {"issued": 1, "kids": [kid(kind)], "refused": []}


def test_a_revoked_token_is_replaced_and_nothing_is_sent_twice(store: Store, sandbox: Sandbox, tmp_path: Path) -> None:
    write_key(tmp_path, "ES384")
    register(sandbox, key_set([tmp_path]))
    publish(store, session())
    with closing(Ehr(destination(sandbox, tmp_path))) as ehr:
        assert isinstance(ehr.find("Patient"), Accepted)
        sandbox.control("tokens/revoke")
        assert isinstance(deliver(store, ehr, "S-1", False, lambda: NOW).outcome, Accepted)
    assert {line["version"] for line in sandbox.log()} == {1}
    assert said(sandbox)["issued"] == 2


def test_keys_change_without_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    """A new file signs from the next token on; the EHR that knows both never refuses."""
    write_key(tmp_path, "RS384", at=1_000)
    register(sandbox, public(("RS384", 1), ("ES384", 1)))
    with closing(Ehr(destination(sandbox, tmp_path))) as ehr:
        assert isinstance(ehr.find("Patient"), Accepted)
        write_key(tmp_path, "ES384", at=2_000)
        sandbox.control("tokens/revoke")
        assert isinstance(ehr.find("Patient"), Accepted)
    assert said(sandbox) == {"issued": 2, "kids": [kid("RS384"), kid("ES384")], "refused": []}


def test_a_key_that_they_do_not_know_is_refused_and_said(sandbox: Sandbox, tmp_path: Path) -> None:
    write_key(tmp_path, "ES384", 2)
    register(sandbox, public(("ES384", 1)))
    with closing(Ehr(destination(sandbox, tmp_path))) as ehr:
        assert ehr.find("Patient") == Unauthorized(401)
    assert said(sandbox)["issued"] == 0


def test_what_is_open_needs_no_token_there(sandbox: Sandbox, tmp_path: Path) -> None:
    register(sandbox, public(("ES384", 1)))
    assert httpx.get(f"{sandbox.base_url}/metadata").status_code == 200
    assert httpx.get(f"{sandbox.base_url}/Patient").status_code == 401


CLAIMS: dict[str, dict[str, Any]] = {
    "iss or sub": {"iss": "somebody"},
    "aud": {"aud": "https://elsewhere.example/token"},
    "exp": {"exp": int(NOW.timestamp()) + 10**9},
    "jti": {"jti": ""},
}


@pytest.mark.parametrize("reason", CLAIMS)
def test_the_sandbox_checks_what_an_ehr_checks(sandbox: Sandbox, tmp_path: Path, reason: str) -> None:
    endpoint = register(sandbox, public(("ES384", 1)))
    form = assertion(tmp_path, endpoint)
    claims = jwt.decode(form["client_assertion"], made("ES384"), algorithms=["ES384"]).claims
    header = {"alg": "ES384", "kid": kid("ES384")}
    forged = jwt.encode(header, {**claims, **CLAIMS[reason]}, made("ES384"), algorithms=["ES384"])
    assert httpx.post(endpoint, data={**form, "client_assertion": forged}).status_code == 401
    assert said(sandbox)["refused"] == [reason]


def test_the_sandbox_takes_an_assertion_once_and_no_weaker_algorithm(sandbox: Sandbox, tmp_path: Path) -> None:
    endpoint = register(sandbox, public(("ES384", 1), ("RS384", 1)))
    form = assertion(tmp_path, endpoint)
    assert [httpx.post(endpoint, data=form).status_code for _ in range(2)] == [200, 401]
    claims = jwt.decode(form["client_assertion"], made("ES384"), algorithms=["ES384"]).claims
    weak = jwt.encode({"alg": "RS256", "kid": kid("RS384")}, {**claims, "jti": "new"}, made("RS384"))
    assert httpx.post(endpoint, data={**form, "client_assertion": weak}).status_code == 401
    assert said(sandbox)["refused"][0] == "jti"


def assertion(keys: Path, endpoint: str) -> dict[str, str]:
    key = signing_key([write_key(keys, "ES384")], "hospital")
    return token_request("bridge", endpoint, "system/*.cruds", key, datetime.now(UTC))
