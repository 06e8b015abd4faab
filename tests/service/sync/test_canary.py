"""A token never reaches another origin, a private address or a redirect target: a canary listener gets 0 requests.

The EHR is a server on a real socket that tries to lead the client to another one; what that one hears is counted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from signing import write_key

from service.fhirjson import encode
from service.sync import Destination
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Refused, Unauthorized, Unknown

BODY = b'{"resourceType":"Patient","id":"1"}'
GRANT = {"access_token": "secret-token", "token_type": "bearer", "expires_in": 300}
REDIRECTS = (300, 301, 302, 303, 305, 307, 308)
Answer = tuple[int, dict[str, str], Any]


class Listener(ThreadingHTTPServer):
    """Answers each path as told, and keeps what it heard: method, path and credentials."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.answers: dict[str, Answer] = {}
        super().__init__(("127.0.0.1", 0), Hearing)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Hearing(BaseHTTPRequestHandler):
    server: Listener

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        said = self.rfile.read(length).decode()
        self.server.heard.append((self.command, self.path, self.headers.get("authorization", "") + said))
        path = self.path.partition("?")[0]
        status, headers, value = self.server.answers.get(path, (200, {}, GRANT))
        body = encode(value)
        self.send_response(status)
        for name, content in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, content)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 (the library's names)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def canary() -> Iterator[Listener]:
    with listening() as server:
        yield server
        assert server.heard == []


@pytest.fixture
def hostile() -> Iterator[Listener]:
    with listening() as server:
        yield server


def smart(hostile: Listener, keys: Path, **changes: Any) -> Destination:
    about = {"client_id": "bridge", "keys": [write_key(keys, "ES384")], **changes}
    table = {"name": "n", "base_url": f"{hostile.origin}/fhir", "internal": True, "timeout_seconds": 5}
    return Destination.model_validate({**table, "auth": "smart", "smart": about})


def bearer(hostile: Listener, keys: Path, auth: str = "bearer") -> Destination:
    (keys / "secret").write_text("secret-token")
    table = {"name": "n", "base_url": f"{hostile.origin}/fhir", "internal": True, "timeout_seconds": 5}
    return Destination.model_validate({**table, "auth": auth, "secret_file": keys / "secret"})


def read(destination: Destination) -> Outcome:
    with closing(Ehr(destination)) as ehr:
        return ehr.read("Patient", "1")


@pytest.mark.parametrize("auth", ["bearer", "basic"])
@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_is_followed(canary: Listener, hostile: Listener, tmp_path: Path, status: int, auth: str) -> None:
    hostile.answers["/fhir/Patient/1"] = (status, {"Location": f"{canary.origin}/fhir/Patient/1"}, {})
    destination = bearer(hostile, tmp_path, auth)
    assert read(destination) == Refused(status)
    with closing(Ehr(destination)) as ehr:
        assert ehr.put("Patient", "1", BODY) == Refused(status)
        assert ehr.create("Patient", BODY) == Accepted(200, GRANT)
    assert len(hostile.heard) == 3


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_of_the_token_endpoint_is_followed(
    canary: Listener, hostile: Listener, tmp_path: Path, status: int
) -> None:
    hostile.answers["/token"] = (status, {"Location": f"{canary.origin}/token"}, {})
    assert read(smart(hostile, tmp_path, token_url=f"{hostile.origin}/token")) == Unauthorized(status)
    assert [path for _, path, _ in hostile.heard] == ["/token"]


@pytest.mark.parametrize("status", REDIRECTS)
def test_no_redirect_of_the_configuration_is_followed(
    canary: Listener, hostile: Listener, tmp_path: Path, status: int
) -> None:
    there = f"{canary.origin}/.well-known/smart-configuration"
    hostile.answers["/fhir/.well-known/smart-configuration"] = (status, {"Location": there}, {})
    assert read(smart(hostile, tmp_path)) == Unauthorized(status)


@pytest.mark.parametrize("form", ["{canary}/token", "//127.0.0.1:{port}/token", "http://127.0.0.1:1@127.0.0.1:{port}/"])
def test_a_token_endpoint_on_another_origin_gets_no_assertion(
    canary: Listener, hostile: Listener, tmp_path: Path, form: str
) -> None:
    """Another port is another origin. Only an endpoint that the destinations file names may be elsewhere."""
    endpoint = form.format(canary=canary.origin, port=canary.server_port)
    hostile.answers["/fhir/.well-known/smart-configuration"] = (200, {}, {"token_endpoint": endpoint})
    assert read(smart(hostile, tmp_path)) == Refused(0, "security")
    assert len(hostile.heard) == 1


def test_a_token_endpoint_that_the_file_names_gets_no_token(hostile: Listener, tmp_path: Path) -> None:
    """It sees assertions only; the token goes to the destination alone."""
    with listening() as login:
        assert isinstance(read(smart(hostile, tmp_path, token_url=f"{login.origin}/token")), Accepted)
        assert [(method, "secret-token" in said) for method, _, said in login.heard] == [("POST", False)]
    assert [said for _, _, said in hostile.heard] == ["Bearer secret-token"]


LINKS = [
    "{canary}/fhir?page=2",
    "//127.0.0.1:{port}/fhir?page=2",
    "http://localhost:{port}/fhir?page=2",
    "http://127.0.0.1:{own}@127.0.0.1:{port}/fhir?page=2",
    "http://secret@127.0.0.1:{own}/fhir?page=2",
    "http://127.0.0.1:{own}\\@127.0.0.1:{port}/fhir",
    "https://127.0.0.1:{own}/fhir?page=2",
    "http://127.0.0.1.nip.example:{own}/fhir",
    "http://2130706433:{port}/fhir",
    "http://0x7f000001:{own}/fhir",
    "http://[::ffff:127.0.0.1]:{port}/fhir",
    "http://127.0.0.1:{own}/other?page=2",
    "/token",
    "../token",
    "../../",
    "/fhir/../token",
    "/fhir/%2e%2e/token",
    "/fhir/..%5ctoken",
    "/fhir/.%2E/token",
    "/fhir/..%2ftoken",
    "file:///etc/passwd",
    "data:,x",
    "javascript:alert(1)",
    "http://127.0.0.1:{own}/fhirs",
    "http://127.0.0.1:99999/fhir",
    "http://[::1/fhir",
    "\x00",
    "",
]


@pytest.mark.parametrize("form", LINKS)
def test_a_link_from_the_wire_leads_nowhere_else(
    canary: Listener, hostile: Listener, tmp_path: Path, form: str
) -> None:
    link = form.format(canary=canary.origin, port=canary.server_port, own=hostile.server_port)
    with closing(Ehr(bearer(hostile, tmp_path))) as ehr:
        assert ehr.follow(link) == Refused(0, "security") or form == ""
    assert all(path.startswith("/fhir") and ".." not in path for _, path, _ in hostile.heard)


@pytest.mark.parametrize("form", ["{own}/fhir?page=2", "?page=2", "/fhir/Patient?page=2", "Patient?page=2"])
def test_a_link_to_the_destination_itself_is_followed(hostile: Listener, tmp_path: Path, form: str) -> None:
    with closing(Ehr(bearer(hostile, tmp_path))) as ehr:
        assert ehr.follow(form.format(own=hostile.origin)) == Accepted(200, GRANT)
    assert [said for _, _, said in hostile.heard] == ["Bearer secret-token"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
def test_a_name_that_leads_to_a_private_address_gets_no_byte(canary: Listener, tmp_path: Path, name: str) -> None:
    """As a public name does that is bound anew: what counts is the address that was reached, whatever its name."""
    table = {"name": "n", "base_url": f"https://{name}:{canary.server_port}/fhir", "timeout_seconds": 2}
    (tmp_path / "secret").write_text("secret-token")
    named = Destination.model_validate({**table, "auth": "bearer", "secret_file": tmp_path / "secret"})
    with closing(Ehr(named)) as ehr:
        assert ehr.put("Patient", "1", BODY) == Refused(0, "security")


@pytest.mark.parametrize("token_url", [None, "https://localhost:{port}/token"])
def test_nor_does_a_private_token_endpoint_of_a_public_destination(
    canary: Listener, tmp_path: Path, token_url: str | None
) -> None:
    about = {"client_id": "b", "keys": [write_key(tmp_path, "ES384")]}
    if token_url is not None:
        about["token_url"] = token_url.format(port=canary.server_port)
    table = {"name": "n", "base_url": f"https://localhost:{canary.server_port}/fhir", "timeout_seconds": 2}
    assert read(Destination.model_validate({**table, "auth": "smart", "smart": about})) == Refused(0, "security")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
def test_no_proxy_of_the_environment_hears_a_token(
    canary: Listener, hostile: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, canary.origin)
    assert isinstance(read(bearer(hostile, tmp_path)), Accepted)


def test_a_location_elsewhere_is_not_read(canary: Listener, hostile: Listener, tmp_path: Path) -> None:
    hostile.answers["/fhir/Patient"] = (201, {"Location": f"{canary.origin}/fhir/Patient/9"}, {})
    with closing(Ehr(bearer(hostile, tmp_path))) as ehr:
        outcome = ehr.create("Patient", BODY)
    assert not isinstance(outcome, Unknown)
    assert len(hostile.heard) == 1


def test_cookies_of_the_wire_are_kept_for_nobody_else(canary: Listener, hostile: Listener, tmp_path: Path) -> None:
    hostile.answers["/fhir/Patient/1"] = (
        401,
        {"Set-Cookie": "a=b", "WWW-Authenticate": f'Bearer realm="{canary.origin}"'},
        {},
    )
    assert read(bearer(hostile, tmp_path)) == Unauthorized(401)
