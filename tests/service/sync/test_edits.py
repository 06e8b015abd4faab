"""What somebody edits or deletes there is kept, shown and decided by a person; judged by what the EHR applied."""

from __future__ import annotations

import httpx
import pytest
from ehr.ehrs import Sandbox
from ehr.made_up_session import NOW, OBSERVATION, PATIENT, publish, session
from ehr.quick import decisions, send

from service.errors import Conflict as Refusal
from service.store import Store
from service.sync.decisions import Decisions
from service.sync.outcomes import Accepted, Edited, Unknown


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


@pytest.mark.parametrize("revised", [False, True])
def test_what_was_deleted_before_we_knew_that_it_had_arrived_is_not_made_again(
    store: Store, sandbox: Sandbox, revised: bool
) -> None:
    publish(store, session())
    if revised:
        send(store, sandbox)
        publish(store, session("second"), b"2")
    sandbox.control("misbehave", mode="commit-then-cut", times=1)
    assert isinstance(send(store, sandbox).outcome, Unknown)
    sandbox.control("delete", type="Observation", id=OBSERVATION)
    log = sandbox.log()
    assert send(store, sandbox).outcome == Edited(1)
    link = store.link("hospital", "Observation", OBSERVATION)
    assert link is not None
    assert (link.state, link.code) == ("conflict", "deleted")
    assert send(store, sandbox).outcome == Edited(1)
    assert sandbox.log() == log
    store.redeliver("hospital", "S-1", NOW)
    decisions(store, sandbox).send_ours("hospital", "S-1", None, "somebody")
    assert isinstance(send(store, sandbox).outcome, Accepted)
    assert note(sandbox) == ("second" if revised else "first")


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
