"""What people see and decide, through the routes; statement and fidelity, judged by what the EHR holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ehr.bridge import Bridge, running_bridge
from ehr.ehrs import Sandbox, running_sandbox
from starlette.testclient import TestClient

from service.api import letters
from service.commands.serve import application

BASE = "/destinations/direct/deliveries"


@dataclass
class Scene:
    bridge: Bridge
    sandbox: Sandbox
    client: TestClient

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **query: str) -> Any:
        return self.client.post(path, params=query)

    def observation(self) -> dict[str, Any]:
        found = [r for r in self.sandbox.resources("Observation") if "valueQuantity" in r]
        return found[0]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with (
        running_sandbox() as sandbox,
        running_bridge(tmp_path, "decisions-clinic", sandbox, direct=sandbox.base_url) as bridge,
    ):
        parts = bridge.parts
        parts = type(parts)(
            parts.settings.model_copy(update={"auth": "open"}),
            parts.clinic,
            parts.store,
            parts.destinations,
            parts.pipeline,
        )
        with closing(TestClient(application(parts), base_url="http://127.0.0.1")) as client:
            yield Scene(bridge, sandbox, client)


def test_a_dead_letter_is_listed_inspected_replayed_and_purged(scene: Scene) -> None:
    scene.sandbox.control("capabilities", types=["Patient"])
    number = scene.bridge.send(scene.bridge.session("D-1"), "direct")
    scene.bridge.until("held", [number])
    (one,) = scene.get(BASE)["deliveries"]
    assert (one["number"], one["state"], one["code"]) == ("D-1", "held", "not-supported")
    assert scene.get(f"{BASE}?state=dead")["deliveries"] == []
    found = scene.get(f"{BASE}/D-1")
    assert [(attempt["nth"], attempt["state"]) for attempt in found["history"]] == [(1, "held")]
    assert scene.post(f"{BASE}/D-1/purge").status_code == 400
    assert scene.post(f"{BASE}/D-1/purge", reason=" ").status_code == 400
    assert scene.post(f"{BASE}/D-1/purge", reason="sent by fax").json()["state"] == "purged"
    assert scene.post(f"{BASE}/D-1/purge", reason="again").status_code == 404
    scene.sandbox.control("capabilities")
    assert scene.post(f"{BASE}/D-1/replay", mapped="now", reason="it can now").json()["mapped"] == "now"
    scene.bridge.until("delivered", [number])
    decided = scene.get(f"{BASE}/D-1")["decisions"]
    assert [(act["who"], act["act"], act["reason"]) for act in decided] == [
        ("open", "purge", "sent by fax"),
        ("open", "replay now", "it can now"),
    ]
    assert {resource["state"] for resource in scene.get(f"{BASE}/D-1")["resources"]} == {"delivered"}


def test_an_edit_is_shown_and_decided(scene: Scene) -> None:
    document = scene.bridge.session("C-1")
    number = scene.bridge.send(document, "direct")
    scene.bridge.until("delivered", [number])
    for there in scene.sandbox.resources("Procedure"):
        scene.sandbox.put({**there, "note": [{"text": "edited"}]})
    scene.bridge.send({**document, "status": "stopped", "status_reason": "Nausea"}, "direct")
    scene.bridge.until("conflict", [number])
    (one,) = scene.get(f"{BASE}/C-1")["conflicts"]
    assert one["theirs"]["note"] == [{"text": "edited"}]
    assert one["ours"]["status"] == "stopped"
    assert scene.get("/destinations/direct/statement")["counts"] == {"conflict": 1}
    assert scene.post(f"{BASE}/C-1/send-ours", resource="Procedure/none").status_code == 409
    assert scene.post(f"{BASE}/C-1/send-ours", resource=one["resource"], reason="agreed").status_code == 200
    scene.bridge.until("delivered", [number])
    (there,) = scene.sandbox.resources("Procedure")
    assert there["status"] == "stopped"
    assert "note" not in there


def test_what_is_not_there_is_404(scene: Scene) -> None:
    for path in (
        "/destinations/none/statement",
        "/destinations/none/deliveries",
        f"{BASE}/NONE-1",
        f"{BASE}/NONE-1/fidelity",
    ):
        assert scene.client.get(path).status_code == 404
    assert scene.post(f"{BASE}/NONE-1/replay").status_code == 404


def test_the_statement_accounts_for_every_session(scene: Scene) -> None:
    for n in range(4):
        scene.bridge.send(scene.bridge.session(f"S-{n}"), "direct")
    scene.bridge.send(scene.bridge.session("S-4"))
    scene.bridge.until("delivered", [f"S-{n}" for n in range(4)])
    scene.bridge.send(scene.bridge.session("S-1", status="entered-in-error"), "direct")
    scene.bridge.until("delivered", ["S-1"])
    statement = scene.get("/destinations/direct/statement")
    assert (statement["counts"], statement["retracted"]) == ({"delivered": 4, "not-sent": 1}, 1)
    assert {line["number"] for line in statement["sessions"] if line["retracted"]} == {"S-1"}


def test_the_statement_accounts_for_what_is_parked(scene: Scene) -> None:
    """Also where an older revision had gone there."""
    unknown = {"indications": [{"key": "nobody-knows-this"}]}
    scene.bridge.send(scene.bridge.session("S-1"), "direct")
    scene.bridge.until("delivered", ["S-1"])
    for number in ("S-1", "S-2"):
        assert scene.bridge.hand_over(scene.bridge.session(number, **unknown), "direct") == "parked"
    statement = scene.get("/destinations/direct/statement")
    assert [(line["number"], line["revision"], line["state"], line["detail"]) for line in statement["sessions"]] == [
        ("S-1", 2, "unpublished", "revision 1 before it: delivered"),
        ("S-2", 1, "unpublished", None),
    ]


def test_a_statement_that_somebody_asked_for_is_kept(scene: Scene) -> None:
    kept = "/destinations/direct/statements"
    assert scene.get(kept) == {"statements": []}
    for n in range(2):
        scene.bridge.send(scene.bridge.session(f"S-{n}"), "direct")
    scene.bridge.send(scene.bridge.session("S-2"))
    scene.bridge.until("delivered", ["S-0", "S-1"])
    scene.get("/destinations/direct/statement")
    scene.sandbox.control("misbehave", mode="down")
    assert scene.client.get("/destinations/direct/statement").status_code == 503
    last, first = letters.StatementList.model_validate(scene.get(kept)).statements
    assert (last.outcome, last.detail, last.counts) == ("unreachable", "answered 503", {})
    assert (first.outcome, first.by, first.counts) == ("complete", "open", {"delivered": 2, "not-sent": 1})
    one = letters.KeptStatement.model_validate(scene.get(f"{kept}/{first.id}"))
    assert [(line.number, line.state) for line in one.sessions] == [("S-2", "not-sent")]
    assert [found["id"] for found in scene.get(f"{kept}?count=1")["statements"]] == [last.id]
    for wrong in ("9999", "0", "-1", "x", "1" * 30, "\u0661"):
        assert scene.client.get(f"{kept}/{wrong}").status_code == 404
    assert scene.client.get(f"{kept}?count=0").status_code == 400
    assert scene.client.get("/destinations/none/statements").status_code == 404
    assert scene.client.get(f"/destinations/none/statements/{first.id}").status_code == 404


def test_what_is_there_twice_or_no_more_is_found(scene: Scene) -> None:
    for n in range(2):
        scene.bridge.send(scene.bridge.session(f"S-{n}"), "direct")
    scene.bridge.until("delivered", ["S-0", "S-1"])
    there = next(r for r in scene.sandbox.resources("Procedure") if "S-0" in str(r["identifier"]))
    scene.sandbox.put({**there, "id": "twice"})
    link = next(one for one in scene.bridge.store.session_links("direct", "S-1") if one.resource_type == "Encounter")
    lost = type(link)("direct", "Encounter", link.id, "lost", "1", link.sent_hash)
    scene.bridge.store.save_links([lost], datetime.now(UTC))
    statement = {line["number"]: line for line in scene.get("/destinations/direct/statement")["sessions"]}
    assert (statement["S-0"]["state"], statement["S-0"]["duplicated"]) == ("duplicated", [f"Procedure/{there['id']}"])
    # The search by identifier finds what the ledger has under another id: it is there once.
    assert statement["S-1"]["state"] == "delivered"


def test_fidelity_counts_what_was_kept_changed_and_dropped(scene: Scene) -> None:
    number = scene.bridge.send(scene.bridge.session("F-1"), "direct")
    scene.bridge.until("delivered", [number])
    whole = scene.get(f"{BASE}/F-1/fidelity")
    assert (whole["changed"], whole["dropped"], whole["added"], whole["missing"]) == (0, 0, 0, 0)
    assert whole["kept"] > 300
    there = scene.observation()
    scene.sandbox.put({**{k: v for k, v in there.items() if k != "category"}, "status": "amended"})
    part = scene.get(f"{BASE}/F-1/fidelity")
    assert part["changed"] == 1
    assert part["dropped"] >= 1
    assert part["kept"] + part["changed"] + part["dropped"] == whole["kept"]
    (one,) = [resource for resource in part["resources"] if resource["differences"]]
    assert {"path": "status", "kind": "changed", "ours": "final", "theirs": "amended"} in one["differences"]
    assert b"amended" in (scene.bridge.store.report("direct", "F-1", 1) or b"")


def test_an_ehr_that_drops_is_found_out(scene: Scene) -> None:
    scene.sandbox.control("persona", name="forgetful")
    number = scene.bridge.send(scene.bridge.session("F-2"), "direct")
    scene.bridge.until("delivered", [number])
    found = scene.get(f"{BASE}/F-2/fidelity")
    assert (found["changed"], found["added"], found["missing"]) == (0, 0, 0)
    assert found["dropped"] > 0
