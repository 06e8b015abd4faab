"""Unknown is looked up, edits are kept, decisions are carried out: on every kind of EHR, judged by what it applied."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import httpx
import pytest
from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import MRN, NOW, OBSERVATION, PATIENT, publish, session

from service.edges import Edge
from service.errors import Conflict as Refusal
from service.store import Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.decisions import Decisions
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.job import now
from service.sync.outcomes import Accepted, Conflict, Edited, Unknown
from service.sync.overrides import Overrides

# Those that take whole sessions, and those that take a part of them
PERSONAS = (
    *("open", "hapi-like", "medplum-like", "batch-only", "cutting", "duplicate-refusing", "forgetful", "racing"),
    *("unconditional", "lagging", "hostile", "epic-like", "cerner-like", "throttling"),
)
LAG = 0.3


def destination(sandbox: Sandbox, **more: Any) -> Destination:
    return hospital(sandbox, **{"overrides": Overrides(search_lag_seconds=2 * LAG), **more})


def send(store: Store, sandbox: Sandbox, again: bool = False, **more: Any) -> Result:
    return sent(store, destination(sandbox), again=again, clock=now, **more)


def until_settled(store: Store, sandbox: Sandbox) -> Result:
    for _ in range(40):
        result = send(store, sandbox)
        if isinstance(result.outcome, Accepted | Edited):
            return result
        time.sleep(getattr(result.outcome, "retry_after", None) or 0)
    raise AssertionError(result)


def play(sandbox: Sandbox, persona: str) -> None:
    """As that EHR, but quicker; it knows the patient where it makes none."""
    sandbox.put({"resourceType": "Patient", "id": "known", "identifier": [{"system": MRN, "value": "M-1"}]})
    quick = {"search_lag_seconds": LAG} if persona in ("lagging", "hostile") else {}
    sandbox.control("persona", name=persona, conduct=quick)
    time.sleep(LAG if quick else 0)


def versions(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    return {(line["type"], line["id"]): line["version"] for line in sandbox.log()}


def test_a_clinicians_edit_is_kept_and_shown(store: Store, sandbox: Sandbox) -> None:
    publish(store, session())
    send(store, sandbox)
    edit(sandbox)
    publish(store, session("second"), b"2")
    result = send(store, sandbox)
    assert result.outcome == Edited(1)
    assert "Observation" in result.note
    assert note(sandbox) == "edited"
    link = store.link("hospital", "Observation", OBSERVATION)
    assert link is not None
    assert (link.state, link.their_version) == ("conflict", "2")
    assert b"edited" in (link.theirs or b"")
    log = sandbox.log()
    assert send(store, sandbox).outcome == Edited(1)
    assert sandbox.log() == log


@pytest.mark.parametrize("way", ["transaction", "batch", "single"])
def test_an_edit_does_not_hold_up_the_rest(store: Store, sandbox: Sandbox, way: str) -> None:
    sandbox.control("capabilities", transaction=way == "transaction", batch=way == "batch")
    publish(store, session())
    send(store, sandbox)
    edit(sandbox)
    changed = session("second")
    changed[2]["note"] = [{"text": "new"}]
    publish(store, changed, b"2")
    assert send(store, sandbox).outcome == Edited(1)
    assert note(sandbox) == "edited"
    assert sandbox.resources("Procedure")[0]["note"] == [{"text": "new"}]


def test_a_version_without_a_change_is_no_edit(store: Store, sandbox: Sandbox) -> None:
    """Servers write new versions of their own: of what is as we left it, the next is ours."""
    publish(store, session())
    send(store, sandbox)
    there = sandbox.get(f"Observation/{OBSERVATION}")
    sandbox.put({**there, "meta": {"source": "urn:made-up", "tag": [{"code": "x"}]}})
    assert sandbox.get(f"Observation/{OBSERVATION}")["meta"]["versionId"] == "2"
    publish(store, session("second"), b"2")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert note(sandbox) == "second"


def test_what_was_deleted_there_is_not_made_again(store: Store, sandbox: Sandbox) -> None:
    publish(store, session())
    send(store, sandbox)
    publish(store, session("second"), b"2")
    result = send(store, sandbox, transport=Gone(OBSERVATION))
    assert result.outcome == Edited(1)
    link = store.link("hospital", "Observation", OBSERVATION)
    assert link is not None
    assert (link.state, link.code) == ("conflict", "deleted")


class Gone(httpx.HTTPTransport):
    """Somebody deleted it there."""

    def __init__(self, id_: str) -> None:
        super().__init__(trust_env=False)
        self._id = id_

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(self._id):
            return httpx.Response(410)
        if request.method == "POST" and self._id.encode() in request.read():
            return httpx.Response(412)
        return super().handle_request(request)


def decisions(store: Store, sandbox: Sandbox) -> Decisions:
    return Decisions(store, [destination(sandbox)], lambda revisions: revisions, lambda: NOW)


def edit(sandbox: Sandbox, text: str = "edited") -> None:
    there = sandbox.resources("Observation")[0]
    sandbox.put({**there, "note": [{"text": text}]})


def note(sandbox: Sandbox) -> str:
    return str(sandbox.resources("Observation")[0]["note"][0]["text"])


@pytest.fixture
def in_conflict(store: Store, sandbox: Sandbox) -> Decisions:
    publish(store, session())
    send(store, sandbox)
    edit(sandbox)
    publish(store, session("second"), b"2")
    send(store, sandbox)
    store.redeliver("hospital", "S-1", NOW)  # so that there is a delivery
    store.set_delivery("hospital", "S-1", 2, state="conflict", attempts=1, now=NOW)
    return decisions(store, sandbox)


def test_both_sides_are_shown(in_conflict: Decisions) -> None:
    (one,) = in_conflict.show("hospital", "S-1")["conflicts"]
    assert (one["resource"], one["their_version"]) == (f"Observation/{OBSERVATION}", "2")
    assert one["ours"]["note"] == [{"text": "second"}]
    assert one["theirs"]["note"] == [{"text": "edited"}]
    assert one["differences"] == [{"path": "note[0].text", "kind": "changed", "ours": "second", "theirs": "edited"}]


def test_theirs_is_kept_until_the_session_is_revised_again(
    store: Store, sandbox: Sandbox, in_conflict: Decisions
) -> None:
    in_conflict.keep_theirs("hospital", "S-1", None, "somebody", "agreed by telephone")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert note(sandbox) == "edited"
    (act,) = store.acts("S-1")
    assert (act.who, act.act) == ("somebody", "keep theirs")
    assert "agreed by telephone" in act.reason
    publish(store, session("third"), b"3")
    assert send(store, sandbox).outcome == Edited(1)
    assert note(sandbox) == "edited"


def test_ours_takes_the_place_of_what_was_shown_and_of_nothing_else(
    store: Store, sandbox: Sandbox, in_conflict: Decisions
) -> None:
    in_conflict.send_ours("hospital", "S-1", f"Observation/{OBSERVATION}", "somebody")
    edit(sandbox, "edited again, after it was shown")
    assert send(store, sandbox).outcome == Edited(1)
    assert note(sandbox) == "edited again, after it was shown"
    in_conflict.send_ours("hospital", "S-1", None, "somebody")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert note(sandbox) == "second"


def test_what_is_not_in_conflict_cannot_be_decided(in_conflict: Decisions) -> None:
    with pytest.raises(Refusal):
        in_conflict.keep_theirs("hospital", "S-1", f"Patient/{PATIENT}", "somebody")


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
