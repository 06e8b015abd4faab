"""What is intended is written first, and what is unknown is looked up: on every kind of EHR, judged by what it applied."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import httpx
import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import sent
from ehr.made_up_session import NOW, OBSERVATION, publish, session
from ehr.quick import PERSONAS, decisions, destination, play, send, until_settled, versions

from service.edges import Edge
from service.store import Store
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Accepted, Conflict, Unknown
from service.sync.overrides import Overrides


@pytest.mark.parametrize("persona", PERSONAS)
def test_an_answer_that_was_lost_is_looked_up_first(store: Store, sandbox: Sandbox, persona: str) -> None:
    """Each write is applied and then cut; the next attempts end with one copy, in its first version."""
    play(sandbox, persona)
    publish(store, session())
    sandbox.control("misbehave", mode="commit-then-cut", times=1)
    assert isinstance(send(store, sandbox).outcome, Unknown)
    applied = versions(sandbox)
    assert applied
    sandbox.control("misbehave", mode="none")
    until_settled(store, sandbox)
    assert {kind for kind, _ in versions(sandbox)} >= {"Observation", "Procedure"}
    assert set(versions(sandbox).values()) == {1}
    kinds = [kind for kind, _ in versions(sandbox)]
    assert kinds.count("Patient") == 1
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("ids", ["ours", "theirs"])
def test_what_is_taken_back_after_a_lost_answer_is_taken_back_there(store: Store, sandbox: Sandbox, ids: str) -> None:
    """The first revision, the second whose answer is lost, and the first again."""
    sandbox.control("capabilities", update_create=ids == "ours")
    publish(store, session())
    assert isinstance(send(store, sandbox).outcome, Accepted)
    publish(store, session("second"), b"2")
    sandbox.control("misbehave", mode="commit-then-cut", times=1)
    assert isinstance(send(store, sandbox).outcome, Unknown)
    publish(store, session(), b"3")
    assert isinstance(until_settled(store, sandbox).outcome, Accepted)
    (there,) = sandbox.resources("Observation")
    assert (there["note"], there["meta"]["versionId"]) == ([{"text": "first"}], "3")


def test_what_cannot_be_looked_up_is_decided_by_a_person(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", transaction=False, update_create=False, conditional_create=False,
                    conditional_update=False, not_by_identifier=["Observation"])  # fmt: skip
    publish(store, session())
    blind = destination(
        sandbox, overrides=Overrides.model_validate({"type": {"Observation": {"search_by_patient": False}}})
    )

    def once() -> Result:
        return sent(store, blind, clock=now)

    assert isinstance(sent(store, blind, clock=now, transport=CutObservations()).outcome, Unknown)
    assert isinstance(once().outcome, Conflict)
    assert isinstance(once().outcome, Conflict)  # it is not sent again by itself
    assert [kind for kind, _ in versions(sandbox)].count("Observation") == 1
    store.redeliver("hospital", "S-1", NOW)
    decisions(store, sandbox).send_ours("hospital", "S-1", None, "somebody", "looked for it there: it is not")
    assert isinstance(once().outcome, Accepted)


class CutObservations(httpx.HTTPTransport):
    def __init__(self) -> None:
        super().__init__(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if request.method == "POST" and request.url.path.endswith("/Observation"):
            raise httpx.ReadTimeout("lost")
        return answer


def test_the_intent_is_written_before_the_request_leaves(store: Store, sandbox: Sandbox) -> None:
    publish(store, session())
    seen: dict[str, Any] = {}

    def look(edge: Edge) -> None:
        link = store.link("hospital", "Observation", OBSERVATION)
        seen[edge] = (link.state if link else None, len(sandbox.log()))

    with closing(Ehr(destination(sandbox))) as ehr:
        deliver(store, ehr, "S-1", False, now, passing=look)
    assert seen[Edge.INTENDED] == ("in-flight", 0)
    assert seen[Edge.ANSWERED] == ("in-flight", 5)
    assert seen[Edge.LEARNT] == ("delivered", 5)


@pytest.mark.parametrize("edge", [Edge.INTENDED, Edge.ANSWERED, Edge.LEARNT])
def test_whoever_comes_after_a_crash_ends_in_the_same_state(store: Store, sandbox: Sandbox, edge: Edge) -> None:
    publish(store, session())

    def fail(passed: Edge) -> None:
        if passed is edge:
            raise Crash

    with closing(Ehr(destination(sandbox))) as ehr, pytest.raises(Crash):
        deliver(store, ehr, "S-1", False, now, passing=fail)
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert set(versions(sandbox).values()) == {1}
    assert len(versions(sandbox)) == 5


class Crash(BaseException):
    pass


def test_every_update_names_the_version_it_replaces(store: Store, sandbox: Sandbox) -> None:
    sandbox.control("capabilities", transaction=False)
    publish(store, session())
    send(store, sandbox)
    publish(store, session("second"), b"2")
    sent: list[str | None] = []

    class Watched(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                sent.append(request.headers.get("if-match"))
            return super().handle_request(request)

    send(store, sandbox, transport=Watched(trust_env=False))
    assert sent == ['W/"1"']


def test_a_look_at_everything_mends_what_is_missing(store: Store, sandbox: Sandbox) -> None:
    """The EHR was set back to a backup from before."""
    publish(store, session())
    send(store, sandbox)
    sandbox.control("reset")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert sandbox.log() == []
    assert send(store, sandbox, again=True).sent == 5
    assert len(versions(sandbox)) == 5
