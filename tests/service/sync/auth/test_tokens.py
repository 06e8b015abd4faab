"""What is asserted for a token, how long one is kept, and when it is fetched anew."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from joserfc import jwt
from signing import kid, made, write_key
from token_endpoint import BASE, TOKEN_URL, MakeEhr, Watch, answering, granting, tokens

from service.sync.auth import ASSERTION_TYPE
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Unauthorized


@pytest.mark.parametrize("kind", ["RS384", "ES384"])
def test_the_assertion_is_what_smart_says(
    router: respx.MockRouter, make_ehr: MakeEhr, watch: Watch, tmp_path: Path, kind: str
) -> None:
    write_key(tmp_path, kind, at=1_900_000_000)
    granted, patients = granting(router), answering(router)
    ehr = make_ehr(scope="system/Patient.rs system/Observation.cruds")
    assert isinstance(ehr.read("Patient", "1"), Accepted)
    request = granted.calls.last.request
    assert "authorization" not in request.headers
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    form = dict(parse_qsl(request.content.decode()))
    assertion = jwt.decode(form.pop("client_assertion"), made(kind), algorithms=[kind])
    assert form == {
        "grant_type": "client_credentials",
        "scope": "system/Patient.rs system/Observation.cruds",
        "client_assertion_type": ASSERTION_TYPE,
    }
    assert assertion.header == {"alg": kind, "typ": "JWT", "kid": kid(kind)}
    claims = assertion.claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("bridge", "bridge", TOKEN_URL)
    now = int(watch().timestamp())
    assert (claims["iat"], now < claims["exp"] <= now + 300) == (now, True)
    assert len(claims["jti"]) >= 20
    assert tokens(patients) == ["Bearer token-1"]


def test_every_assertion_has_an_id_of_its_own(router: respx.MockRouter, ehr: Ehr, watch: Watch) -> None:
    granted = granting(router)
    answering(router)
    for _ in range(5):
        ehr.read("Patient", "1")
        watch.move(300)
    forms = [dict(parse_qsl(call.request.content.decode())) for call in granted.calls]
    ids = {jwt.decode(f["client_assertion"], made("ES384"), algorithms=["ES384"]).claims["jti"] for f in forms}
    assert len(ids) == 5


def test_a_token_is_kept_until_thirty_seconds_before_its_end(router: respx.MockRouter, ehr: Ehr, watch: Watch) -> None:
    granted, patients = granting(router, expires_in=300), answering(router)
    ehr.read("Patient", "1")
    watch.move(269)
    ehr.read("Patient", "2")
    assert granted.call_count == 1
    watch.move(1)
    ehr.read("Patient", "3")
    assert tokens(patients) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize("life", [None, "300", True, -5, 0, {}])
def test_a_life_that_is_not_said_is_short(router: respx.MockRouter, ehr: Ehr, watch: Watch, life: Any) -> None:
    granted, _ = granting(router, expires_in=life), answering(router)
    assert isinstance(ehr.read("Patient", "1"), Accepted)
    watch.move(31)
    assert isinstance(ehr.read("Patient", "1"), Accepted)
    assert granted.call_count == 2


def test_one_token_is_fetched_at_a_time(router: respx.MockRouter, ehr: Ehr) -> None:
    """Eight deliveries start at once: one asks, the others wait for its token."""
    inside, most, lock = 0, 0, threading.Lock()

    def grant(request: httpx.Request) -> httpx.Response:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.05)
        with lock:
            inside -= 1
        return httpx.Response(200, json={"access_token": "one", "token_type": "bearer", "expires_in": 300})

    granted, patients = router.post(TOKEN_URL).mock(side_effect=grant), answering(router)
    threads = [threading.Thread(target=ehr.read, args=("Patient", str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (granted.call_count, most, patients.call_count) == (1, 1, 8)
    assert set(tokens(patients)) == {"Bearer one"}


def test_a_401_fetches_a_new_token_and_repeats_the_request_once(router: respx.MockRouter, ehr: Ehr) -> None:
    granted = granting(router)
    patients = router.put(url__startswith=f"{BASE}/Patient").mock(
        side_effect=[httpx.Response(401), httpx.Response(200, json={"resourceType": "Patient"})]
    )
    assert isinstance(ehr.put("Patient", "1", b'{"a":1}'), Accepted)
    assert tokens(patients) == ["Bearer token-1", "Bearer token-2"]
    assert [call.request.content for call in patients.calls] == [b'{"a":1}', b'{"a":1}']
    assert granted.call_count == 2


def test_a_401_that_stays_is_said(router: respx.MockRouter, ehr: Ehr) -> None:
    granted, patients = granting(router), answering(router, 401)
    assert ehr.read("Patient", "1") == Unauthorized(401)
    assert (granted.call_count, patients.call_count) == (2, 2)


def test_a_token_that_another_has_fetched_since_is_used(router: respx.MockRouter, ehr: Ehr) -> None:
    """Eight requests meet a revoked token: each is repeated, and few new tokens are fetched."""
    granted = granting(router)
    barrier = threading.Barrier(8)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer token-1":
            barrier.wait(5)
            return httpx.Response(401)
        return httpx.Response(200, json={})

    router.route(url__startswith=f"{BASE}/Patient").mock(side_effect=answer)
    found: list[Outcome] = []
    threads = [threading.Thread(target=lambda: found.append(ehr.read("Patient", "1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in found] == [Accepted] * 8
    assert granted.call_count == 2
