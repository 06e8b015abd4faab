"""No token: then nothing is sent, somebody is told, and nothing secret is said."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest
import respx
from token_endpoint import BASE, TOKEN_URL, MakeEhr, Watch, answering, granting

from service.errors import Rejected
from service.sync.ehr import Ehr
from service.sync.outcomes import Outcome, Unauthorized, Unavailable, Unknown

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
