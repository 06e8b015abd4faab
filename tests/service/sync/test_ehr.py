"""What leaves for an EHR, byte for byte, and what each kind of trouble on the wire becomes."""

from __future__ import annotations

import inspect
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest
import respx

from service.sync import Destination
from service.sync.ehr import MAYBE_APPLIED, NEVER_SENT, OUR_FAULT, Ehr
from service.sync.guard import is_public
from service.sync.outcomes import Accepted, Outcome, Refused, Unavailable, Unknown

BASE = "https://ehr.example/fhir"
BODY = b'{"resourceType":"Observation","id":"o1","valueQuantity":{"value":0.50}}'


@pytest.fixture
def router() -> respx.MockRouter:
    return respx.MockRouter(base_url=BASE, assert_all_called=False)


@pytest.fixture
def ehr(router: respx.MockRouter) -> Iterator[Ehr]:
    destination = Destination(name="north", base_url=BASE)
    with closing(Ehr(destination, httpx.MockTransport(router.handler))) as made:
        yield made


CALLS: list[tuple[Callable[[Ehr], Outcome], str, str]] = [
    (lambda ehr: ehr.capabilities(), "GET", "/fhir/metadata"),
    (lambda ehr: ehr.read("Observation", "o1"), "GET", "/fhir/Observation/o1"),
    (lambda ehr: ehr.search("Patient", "urn:s", "a b"), "GET", "/fhir/Patient?identifier=urn%3As%7Ca%20b"),
    (lambda ehr: ehr.put("Observation", "o1", BODY), "PUT", "/fhir/Observation/o1"),
    (lambda ehr: ehr.put_where("Observation", "urn:s", "1", BODY), "PUT", "/fhir/Observation?identifier=urn%3As%7C1"),
    (lambda ehr: ehr.create("Observation", BODY), "POST", "/fhir/Observation"),
    (lambda ehr: ehr.bundle(BODY), "POST", "/fhir"),
]


@pytest.mark.parametrize(("call", "method", "target"), CALLS, ids=[f"{method} {target}" for _, method, target in CALLS])
def test_each_interaction_is_what_fhir_says(
    router: respx.MockRouter, ehr: Ehr, call: Callable[[Ehr], Outcome], method: str, target: str
) -> None:
    router.route().respond(200, json={"resourceType": "Any"})
    assert call(ehr) == Accepted(200, {"resourceType": "Any"})
    sent = router.calls.last.request
    assert (sent.method, sent.url.raw_path.decode()) == (method, target)
    assert sent.headers["accept"] == "application/fhir+json"
    assert "if-match" not in sent.headers
    assert "authorization" not in sent.headers
    if method == "GET":
        assert sent.content == b""
        assert "content-type" not in sent.headers
    else:
        assert sent.content == BODY
        assert sent.headers["content-type"] == "application/fhir+json"


def test_a_search_passes_caches(router: respx.MockRouter, ehr: Ehr) -> None:
    router.route().respond(200, json={})
    ehr.search("Patient", "urn:s", "1")
    assert router.calls.last.request.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(("auth", "header"), [("bearer", "Bearer user:secret"), ("basic", "Basic dXNlcjpzZWNyZXQ=")])
def test_credentials_go_to_the_destination_itself(
    router: respx.MockRouter, monkeypatch: pytest.MonkeyPatch, auth: str, header: str
) -> None:
    monkeypatch.setenv("NORTH", "user:secret")
    named = Destination.model_validate({"name": "n", "base_url": BASE, "auth": auth, "secret_env": "NORTH"})
    router.route().respond(302, headers={"Location": "https://elsewhere.example/fhir"})
    with closing(Ehr(named, httpx.MockTransport(router.handler))) as ehr:
        assert ehr.capabilities() == Refused(302)
    assert router.calls.call_count == 1
    assert router.calls.last.request.headers["authorization"] == header


@pytest.mark.parametrize("id_", ["../../x", "..", "../../../elsewhere.example"])
def test_no_id_leads_out_of_the_destination(router: respx.MockRouter, ehr: Ehr, id_: str) -> None:
    router.route().respond(200, json={})
    ehr.read("Observation", id_)
    assert all(call.request.url.path.startswith("/fhir") for call in router.calls)
    assert ehr.read("..", "x") == Refused(0, "security")


EVERY = [
    found
    for _, found in inspect.getmembers(httpx, inspect.isclass)
    if issubclass(found, Exception) and not any(issubclass(other, found) for other in found.__subclasses__())
]
GROUPS = (NEVER_SENT, MAYBE_APPLIED, OUR_FAULT)


@pytest.mark.parametrize("error", EVERY, ids=lambda error: error.__name__)
def test_every_exception_of_the_http_library_has_its_place_in_the_table(error: type[Exception]) -> None:
    assert sum(error in group for group in GROUPS) == 1


def failing(error: type[Exception]) -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("Mustermann")

    return httpx.MockTransport(fail)


@pytest.mark.parametrize(
    ("group", "read", "write"),
    [(NEVER_SENT, Unavailable, Unavailable), (MAYBE_APPLIED, Unavailable, Unknown), (OUR_FAULT, Refused, Refused)],
)
def test_trouble_on_the_wire_is_an_answer_too(
    group: tuple[type[Exception], ...], read: type[Outcome], write: type[Outcome]
) -> None:
    for error in group:
        if error in (
            httpx.HTTPStatusError,
            httpx.StreamConsumed,
            httpx.StreamClosed,
            httpx.ResponseNotRead,
            httpx.RequestNotRead,
        ):
            continue  # raised by uses of the library that this client does not make; they take other arguments
        with closing(Ehr(Destination(name="n", base_url=BASE), failing(error))) as ehr:
            assert isinstance(ehr.capabilities(), read)
            outcome = ehr.put("Observation", "o1", BODY)
            assert isinstance(outcome, write)
            assert "Mustermann" not in repr(outcome)


def test_an_answer_without_end_is_not_read_to_its_end(router: respx.MockRouter, ehr: Ehr) -> None:
    def chunks() -> Iterator[bytes]:
        while True:
            yield b" " * 1_000_000

    router.route().mock(side_effect=lambda request: httpx.Response(200, content=chunks()))
    assert isinstance(ehr.put("Observation", "o1", BODY), Unknown)


def test_an_answer_that_drips_is_not_waited_for() -> None:
    def drip(request: httpx.Request) -> httpx.Response:
        def chunks() -> Iterator[bytes]:
            while True:
                threading.Event().wait(0.02)
                yield b" "

        return httpx.Response(200, content=chunks())

    destination = Destination(name="n", base_url=BASE, timeout_seconds=0.1)
    with closing(Ehr(destination, httpx.MockTransport(drip))) as ehr:
        assert isinstance(ehr.put("Observation", "o1", BODY), Unknown)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Something on loopback that must not be reached."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(2)
        yield made


def test_a_private_address_is_refused_before_a_byte_is_sent(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with closing(Ehr(Destination(name="n", base_url=f"https://localhost:{port}/fhir"))) as ehr:
        assert ehr.put("Observation", "o1", BODY) == Refused(0, "security")
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(10) == b""


def test_a_destination_marked_internal_is_reached(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    destination = Destination(name="n", base_url=f"http://127.0.0.1:{port}/fhir", internal=True, timeout_seconds=0.2)
    with closing(Ehr(destination)) as ehr:
        assert ehr.put("Observation", "o1", BODY) == Unknown("ReadTimeout")
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(10) == b"PUT /fhir/"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.1.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.215.14", True),
        ("2002:a00:1::", False),
        ("fec0::1", False),
    ],
)
def test_only_public_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
