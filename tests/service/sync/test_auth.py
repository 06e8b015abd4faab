"""Who is asking, as it leaves for an EHR: tokens by signed assertion, one at a time, and never more than needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from joserfc import jwt
from signing import kid, made, write_key

from service.errors import Rejected
from service.sync import Destination
from service.sync.auth import ASSERTION_TYPE
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Refused, Unauthorized, Unavailable, Unknown

BASE = "https://ehr.example/fhir"
TOKEN_URL = "https://login.example/token"
START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


class Watch:
    """A clock that the test moves."""

    time = START

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def router() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


MakeEhr = Callable[..., Ehr]


@pytest.fixture
def make_ehr(router: respx.MockRouter, watch: Watch, tmp_path: Path) -> Iterator[MakeEhr]:
    write_key(tmp_path, "ES384")
    opened: list[Ehr] = []

    def make(**changes: Any) -> Ehr:
        smart = {"client_id": "bridge", "keys": [tmp_path], "token_url": TOKEN_URL, **changes}
        named = Destination.model_validate({"name": "north", "base_url": BASE, "auth": "smart", "smart": smart})
        opened.append(Ehr(named, httpx.MockTransport(router.handler), watch))
        return opened[-1]

    yield make
    for ehr in opened:
        ehr.close()


@pytest.fixture
def ehr(make_ehr: MakeEhr) -> Ehr:
    return make_ehr()


def granting(router: respx.MockRouter, url: str = TOKEN_URL, **changes: Any) -> respx.Route:
    """The token endpoint gives token-1, token-2 and so on."""
    count = iter(range(1, 100))

    def grant(request: httpx.Request) -> httpx.Response:
        given = {"access_token": f"token-{next(count)}", "token_type": "Bearer", "expires_in": 300, **changes}
        return httpx.Response(200, json={name: value for name, value in given.items() if value is not None})

    return router.post(url).mock(side_effect=grant)


def answering(router: respx.MockRouter, status: int = 200) -> respx.Route:
    return router.route(url__startswith=f"{BASE}/Patient").respond(status, json={"resourceType": "Patient"})


def tokens(route: respx.Route) -> list[str]:
    return [call.request.headers.get("authorization", "") for call in route.calls]


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


REFUSALS: list[tuple[httpx.Response | type[Exception], Outcome]] = [
    (httpx.Response(400, json={"error": "invalid_client"}), Unauthorized(400)),
    (httpx.Response(401, json={"error": "invalid_client"}), Unauthorized(401)),
    (httpx.Response(403), Unauthorized(403)),
    (httpx.Response(404), Unauthorized(404)),
    (httpx.Response(307, headers={"Location": "https://elsewhere.example/token"}), Unauthorized(307)),
    (httpx.Response(429, headers={"Retry-After": "7"}), Unavailable(429, 7.0)),
    (httpx.Response(503), Unavailable(503)),
    (httpx.Response(200, content=b"<html>"), Unavailable(200)),
    (httpx.Response(200, json=[]), Unauthorized(200)),
    (httpx.Response(200, json={"access_token": "a b", "token_type": "bearer"}), Unauthorized(200)),
    (httpx.Response(200, json={"access_token": "a\r\nX: y", "token_type": "bearer"}), Unauthorized(200)),
    (httpx.Response(200, json={"access_token": 3, "token_type": "bearer"}), Unauthorized(200)),
    (httpx.Response(200, json={"access_token": "abc", "token_type": "mac"}), Unauthorized(200)),
    (httpx.Response(200, content=b" " * 200_000), Unavailable(200)),
    (httpx.ConnectError, Unavailable()),
    (httpx.ReadTimeout, Unavailable()),
    (httpx.RemoteProtocolError, Unavailable()),
]


@pytest.mark.parametrize(("answer", "outcome"), REFUSALS, ids=[str(n) for n in range(len(REFUSALS))])
def test_without_a_token_nothing_is_sent_and_nothing_is_unknown(
    router: respx.MockRouter, ehr: Ehr, answer: httpx.Response | type[Exception], outcome: Outcome
) -> None:
    granted = router.post(TOKEN_URL).mock(side_effect=[answer])
    patients = answering(router)
    assert ehr.put("Patient", "1", b"{}") == outcome
    assert (granted.call_count, patients.call_count) == (1, 0)


def test_after_a_failure_nobody_asks_again_for_five_seconds(router: respx.MockRouter, ehr: Ehr, watch: Watch) -> None:
    granted = router.post(TOKEN_URL).respond(503)
    assert [ehr.read("Patient", "1") for _ in range(5)] == [Unavailable(503)] * 5
    assert granted.call_count == 1
    watch.move(5)
    ehr.read("Patient", "1")
    assert granted.call_count == 2


CONFIGURATION = f"{BASE}/.well-known/smart-configuration"


def test_the_endpoint_is_discovered_once(router: respx.MockRouter, make_ehr: MakeEhr, watch: Watch) -> None:
    here = "https://ehr.example/oauth/token"
    found = router.get(CONFIGURATION).respond(200, json={"token_endpoint": here})
    granted, patients = granting(router, here), answering(router)
    ehr = make_ehr(token_url=None)
    for _ in range(3):
        assert isinstance(ehr.read("Patient", "1"), Accepted)
        watch.move(300)
    assert (found.call_count, granted.call_count, patients.call_count) == (1, 3, 3)
    assert "authorization" not in found.calls.last.request.headers
    form = dict(parse_qsl(granted.calls.last.request.content.decode()))
    assert jwt.decode(form["client_assertion"], made("ES384"), algorithms=["ES384"]).claims["aud"] == here


ELSEWHERE = [
    "https://elsewhere.example/token",
    "http://ehr.example/token",
    "https://ehr.example:8443/token",
    "https://ehr.example.elsewhere.example/token",
    "https://ehr.example@elsewhere.example/token",
    "https://user:word@ehr.example/token",
    "//elsewhere.example/token",
    "https://ehr.example\\@elsewhere.example/token",
    "https:elsewhere.example",
    "/token",
    "ftp://ehr.example/token",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("endpoint", ELSEWHERE)
def test_a_discovered_endpoint_elsewhere_gets_nothing(
    router: respx.MockRouter, make_ehr: MakeEhr, endpoint: str
) -> None:
    router.get(CONFIGURATION).respond(200, json={"token_endpoint": endpoint})
    other = router.route().respond(200, json={"access_token": "x", "token_type": "bearer"})
    assert make_ehr(token_url=None).read("Patient", "1") == Refused(0, "security")
    assert other.call_count == 0


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"token_endpoint":3}', b'{"token_endpoint":""}'])
def test_a_configuration_without_an_endpoint_is_said(router: respx.MockRouter, make_ehr: MakeEhr, body: bytes) -> None:
    router.get(CONFIGURATION).respond(200, content=body)
    assert make_ehr(token_url=None).read("Patient", "1") == Unauthorized(200)


def test_without_a_usable_key_the_caller_is_told_and_the_next_one_is_not_kept_waiting(
    make_ehr: MakeEhr, tmp_path: Path
) -> None:
    (tmp_path / "ES384-1.pem").unlink()
    ehr = make_ehr()
    for _ in range(2):
        with pytest.raises(Rejected, match="destination north has no usable private key"):
            ehr.read("Patient", "1")


class Broken(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError("token-secret")


def test_what_nobody_foresaw_leaves_nobody_waiting(make_ehr: MakeEhr, watch: Watch) -> None:
    with closing(Ehr(make_ehr().destination, Broken(), watch)) as ehr:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                ehr.read("Patient", "1")


def test_no_token_and_no_assertion_is_shown(
    router: respx.MockRouter, ehr: Ehr, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    granting(router)
    answering(router, 401)
    with caplog.at_level("DEBUG"):
        outcome = ehr.read("Patient", "1")
    shown = repr(outcome) + repr(ehr._auth) + repr(vars(ehr._auth)) + "".join(capsys.readouterr()) + caplog.text
    assert "token-1" not in shown
    assert "token-2" not in shown
    assert "eyJ" not in shown


def test_trouble_with_the_request_itself_is_unknown_as_ever(router: respx.MockRouter, ehr: Ehr) -> None:
    granting(router)
    router.put(url__startswith=BASE).mock(side_effect=httpx.ReadTimeout)
    assert ehr.put("Patient", "1", b"{}") == Unknown("ReadTimeout")
