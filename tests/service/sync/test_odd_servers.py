"""Servers that answer strangely, and deliveries that meet: what must not be linked, lost or set back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest
from ehr.ehrs import Sandbox, wait_until
from ehr.made_up_session import MRN, NOW, ORGANIZATION, OURS, PATIENT, publish, resource, session

from service.sandbox.behaviour import Declared, capability_statement
from service.store import Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unavailable, Unknown

Answers = Callable[[httpx.Request], Any]


def odd(search: Answers, write: Answers, **declared: Any) -> tuple[Ehr, list[httpx.Request]]:
    """A server that answers as told, and what was written to it."""
    written: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/metadata"):
            return httpx.Response(200, json=capability_statement(Declared(**declared)))
        if request.method == "GET":
            return httpx.Response(200, json=search(request))
        written.append(request)
        return httpx.Response(200, json=write(request))

    destination = Destination(name="odd", base_url="https://ehr.example/fhir", create_patients=True)
    return Ehr(destination, httpx.MockTransport(answer)), written


def nothing(_request: httpx.Request) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "total": 0}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def send(store: Store, ehr: Ehr, number: str = "S-1") -> Result:
    return deliver(store, ehr, number, False, lambda: NOW)


SOMEBODY = {"resourceType": "Patient", "id": "somebody", "identifier": [{"system": MRN, "value": "M-2"}]}
NOBODY = {"resourceType": "Patient", "id": "nobody"}
OTHER_SYSTEM = {"resourceType": "Patient", "id": "x", "identifier": [{"system": "urn:other", "value": "M-1"}]}


@pytest.mark.parametrize("there", [SOMEBODY, NOBODY, OTHER_SYSTEM], ids=lambda there: there["id"])
def test_a_server_that_ignores_the_condition_gets_no_patient_linked(store: Store, there: dict[str, Any]) -> None:
    """FHIR lets a server ignore what it does not know; the only patient it has is then the answer to any search."""
    publish(store, session())
    ehr, written = odd(lambda _: bundle(there), nothing)
    with closing(ehr):
        result = send(store, ehr)
    assert result.outcome == Conflict(200, "not-supported")
    assert "identifier" in result.note
    assert written == []
    link = store.link("odd", "Patient", PATIENT)
    assert link is not None
    assert (link.state, link.their_id) == ("held", None)


def test_nor_is_anything_else_taken_for_ours(store: Store) -> None:
    """What is searched before it is written would overwrite a stranger's."""
    publish(store, session())
    stranger = {"resourceType": "Organization", "id": "stranger"}
    answers = {"Patient": nothing, "Organization": lambda _: bundle(stranger)}
    ehr, written = odd(
        lambda request: answers[request.url.path.rsplit("/", 1)[1]](request),
        nothing,
        update_create=False,
        conditional_create=False,
        conditional_update=False,
    )
    with closing(ehr):
        assert send(store, ehr).outcome == Conflict(200, "not-supported")
    assert written == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("422 Unprocessable", Refused(422)),
        ("503", Unavailable(503)),
        ("", Accepted(200)),
    ],
)
def test_a_transaction_that_failed_in_part_is_not_taken_for_done(store: Store, status: str, outcome: Outcome) -> None:
    publish(store, session())
    responses = [{"response": {"status": "201 Created"}}] * 4 + [{"response": {"status": status}}]
    answer = {"resourceType": "Bundle", "type": "transaction-response", "entry": responses}
    ehr, _ = odd(nothing, lambda _: answer)
    with closing(ehr):
        found = send(store, ehr).outcome
    assert (type(found), found.status) == (type(outcome), outcome.status)  # type: ignore[union-attr]
    link = store.link("odd", "Organization", ORGANIZATION)
    assert link is not None
    assert link.state == ("delivered" if isinstance(outcome, Accepted) else "unknown")


@pytest.mark.parametrize("entries", [[], [{"response": {"status": "201"}}] * 4, "x", None])
def test_an_answer_of_another_length_is_unknown(store: Store, entries: Any) -> None:
    publish(store, session())
    ehr, _ = odd(nothing, lambda _: {"resourceType": "Bundle", "type": "transaction-response", "entry": entries})
    with closing(ehr):
        assert isinstance(send(store, ehr).outcome, Unknown)


class Held(httpx.HTTPTransport):
    """Holds the first write until it is let go."""

    def __init__(self) -> None:
        super().__init__(trust_env=False)
        self.reached, self.let_go = threading.Event(), threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET" and not self.reached.is_set():
            self.reached.set()
            assert self.let_go.wait(20)
        return super().handle_request(request)


def hospital(sandbox: Sandbox, transport: httpx.BaseTransport | None = None) -> Ehr:
    return Ehr(Destination(name="h", base_url=sandbox.base_url, internal=True, create_patients=True), transport)


def test_an_older_attempt_never_lands_on_a_newer_one(store: Store, sandbox: Sandbox) -> None:
    """A revision that names another patient is in another partition of the queue: both are on their way at once."""
    publish(store, session("first"))
    with closing(hospital(sandbox)) as before:
        send(store, before)
    transport = Held()
    with closing(hospital(sandbox, transport)) as ehr:
        publish(store, session("second"), b"2")
        older = threading.Thread(target=send, args=(store, ehr))
        older.start()
        assert transport.reached.wait(20)
        publish(store, session("third"), b"3")
        newer = threading.Thread(target=send, args=(store, ehr))
        newer.start()
        newer.join(0.5)
        transport.let_go.set()
        older.join()
        newer.join()
    assert sandbox.resources("Observation")[0]["note"] == [{"text": "third"}]


def test_what_sessions_share_is_sent_as_it_is_when_its_turn_comes(store: Store, sandbox: Sandbox) -> None:
    publish(store, session())
    with closing(hospital(sandbox)) as ehr:
        with ehr.turn:  # another session's delivery is writing what all sessions share
            waiting = threading.Thread(target=send, args=(store, ehr))
            waiting.start()
            wait_until(lambda: sandbox.requests() > 0)
            time.sleep(0.3)  # it has looked at what there is to send
            renamed = resource("Organization", ORGANIZATION, name="Renamed")
            publish(store, [renamed], number="S-2")
        waiting.join()
    assert [one["name"] for one in sandbox.resources("Organization")] == ["Renamed"]
    assert {line["version"] for line in sandbox.log()} == {1}


def test_no_identifier_and_no_secret_reaches_a_log(
    store: Store, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the level: the HTTP library would log every address and every header."""
    monkeypatch.setenv("HOSPITAL_TOKEN", "open-sesame")
    caplog.set_level(logging.DEBUG)
    named = {"name": "h", "base_url": sandbox.base_url, "internal": True, "create_patients": True}
    destination = Destination.model_validate({**named, "auth": "bearer", "secret_env": "HOSPITAL_TOKEN"})
    publish(store, session())
    with closing(Ehr(destination)) as ehr:
        assert isinstance(send(store, ehr).outcome, Accepted)
    said = " ".join(one.getMessage() for one in caplog.records if not one.name.startswith("uvicorn"))  # the EHR's own
    assert [word for word in ("M-1", MRN, OURS, "open-sesame", "identifier", "HTTP") if word in said] == []
