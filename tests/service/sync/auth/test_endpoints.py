"""Where tokens are asked for: as told, or discovered, and never elsewhere."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import respx
from joserfc import jwt
from signing import made
from token_endpoint import BASE, MakeEhr, Watch, answering, granting

from service.sync.outcomes import Accepted, Refused, Unauthorized

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
