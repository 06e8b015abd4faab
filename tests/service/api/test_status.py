"""The status pages: what they show, to whom, and that each control does what it says; nothing at a stranger's wish."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from ehr.ehrs import Sandbox
from ehr.made_up_session import publish
from ehr.patients import MRN, PATIENT, our_session, queue_session, their_patient
from starlette.testclient import TestClient

from mappings import load_clinic
from service.api import Service, create_app
from service.fhirjson import encode
from service.settings import Settings
from service.status import DONE, StatusPages
from service.store import Link, PatientLink, Store
from service.store.statements import Found
from service.store.tables import deliveries
from service.sync import Decisions, Desk, Destination, PatientDesk, StatusBoard

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HERE = "http://127.0.0.1:8000"
OURS = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "<script>alert(1)</script>\u202e"


@dataclass
class Scene:
    """A service with two destinations, the second of which nobody answers for."""

    store: Store
    service: Service
    client: TestClient
    sandbox: Sandbox

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, name: str = "north", headers: dict[str, str] | None = None, **fields: str) -> Any:
        return self.client.post(f"/status/{name}", data=fields, headers=OURS if headers is None else headers)

    def state(self, number: str = "S-1") -> str:
        return self.store.deliveries(number=number, destination="north", limit=1)[0].state

    def stops(self, number: str, state: str, **how: Any) -> None:
        queue_session(self.store, "north", number)
        self.store.set_delivery("north", number, 1, state=state, attempts=3, now=NOW - timedelta(hours=2), **how)

    def conflict(self, number: str = "C-1") -> Link:
        self.stops(number, "conflict", code="conflict", detail="changed there by somebody else: Observation")
        observation = our_session(number)[2]
        theirs = encode({**observation, "id": "their-o", "status": "amended", "note": [{"text": HOSTILE}]})
        link = Link("north", "Observation", observation["id"], "their-o", "7", "hash", "conflict", "h", theirs=theirs)
        self.store.save_links([link], NOW)
        return link

    def held(self, number: str = "H-1", state: Any = "held") -> None:
        self.stops(number, "held", code="not-found", detail="no patient there has this identifier")
        self.store.patients.settle(PatientLink("north", PATIENT, state, code="not-found"), NOW)


@contextmanager
def scene_of(service: Service, store: Store, sandbox: Sandbox, **settings: Any) -> Iterator[Scene]:
    parts = {"internal": True, "timeout_seconds": 5}
    found = (
        Destination(name="north", base_url=sandbox.base_url, patient_match="certain", **parts),
        Destination(name="south", base_url="http://127.0.0.1:9/fhir", **parts),
    )
    with closing(PatientDesk(store, load_clinic(), found, lambda: NOW)) as patients:
        desk = Desk(store, found, patients.ehrs.lend)
        decisions = Decisions(store, found, service.pipeline.remap, lambda: NOW, patients.ehrs.lend)
        pages = StatusPages(StatusBoard(store, desk, decisions, patients, lambda: NOW))
        wanted = {"destinations": desk, "deliveries": decisions, "patients": patients, "status": pages}
        made = replace(service, settings=Settings(**{"auth": "open", **settings}), **wanted)
        with TestClient(create_app(made), base_url=HERE, follow_redirects=False) as client:
            yield Scene(store, made, client, sandbox)


@pytest.fixture
def scene(service: Service, store: Store, sandbox: Sandbox) -> Iterator[Scene]:
    with scene_of(service, store, sandbox) as found:
        yield found


class Forms(HTMLParser):
    """Each form of a page: where it goes and what it sends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "form":
            assert given["method"] == "post"
            self.found.append((given["action"], {}))
        elif tag == "input":
            self.found[-1][1][given["name"]] = given.get("value", "")


def forms(page: str, act: str, **fields: str) -> list[tuple[str, dict[str, str]]]:
    wanted = {"act": act, **fields}
    return [one for one in Forms(page).found if wanted.items() <= one[1].items()]


def sent(scene: Scene, page: str, path: str, act: str, **typed: str) -> httpx.Response:
    """The first form of this kind, as a browser sends it from the page at ``path``; and the page that follows."""
    (action, fields), *_ = forms(page, act)
    address = httpx.URL(f"{HERE}{path}").join(action)
    answer = scene.client.post(str(address), data={**fields, **typed}, headers=OURS)
    assert answer.status_code == 303, answer.text
    following = address.join(answer.headers["location"])
    assert PATIENT not in str(following)
    return scene.client.get(str(following))


# what they show


def test_without_destinations_it_says_so(service: Service, store: Store) -> None:
    with closing(PatientDesk(store, load_clinic(), ())) as patients:
        decisions = Decisions(store, (), service.pipeline.remap)
        pages = StatusPages(StatusBoard(store, Desk(store, ()), decisions, patients))
        with TestClient(create_app(replace(service, status=pages)), base_url=HERE) as client:
            assert "There are no EHRs to deliver to" in client.get("/status").text
            assert client.get("/status/north").status_code == 404
            assert client.post("/status/north", data={"act": "pause"}, headers=OURS).status_code == 404


def test_before_anything_was_sent(scene: Scene) -> None:
    page = scene.get("/status")
    assert page.count("Nothing sent yet") == 2
    assert page.count("Nothing waits for a person there") == 2
    assert scene.sandbox.requests() == 0
    for show in ("waiting", "held", "conflict", "dead", "patients", "unlinked", "statement"):
        assert re.search(r"None\b", scene.get(f"/status/north?show={show}")), show


def test_every_state_is_shown_with_what_can_be_done(scene: Scene) -> None:
    scene.conflict()
    scene.held()
    scene.stops("D-1", "dead", code="invalid", detail="answered 422")
    scene.stops("W-1", "retrying", next_attempt_at=NOW + timedelta(minutes=5))
    before = scene.sandbox.requests()
    page = scene.get("/status")
    assert scene.sandbox.requests() == before
    for words in ("answered 422", "no patient there has this identifier", "Nobody knows yet who the patient is there",
                  "1 will be tried again", "(in 5\u00a0min)", "(2\u00a0h ago)", "where the EHR itself is certain"):  # fmt: skip
        assert words in page
    for number in ("C-1", "H-1", "D-1"):
        assert forms(page, "replay", number=number, mapped="then")
        assert forms(page, "replay", number=number, mapped="now")
        assert forms(page, "purge", number=number)
        assert f'href="./status/north/sessions/{number}"' in page
    assert not forms(page, "purge", number="W-1")
    assert forms(page, "pause")
    assert forms(page, "test")


def test_health_is_told_by_the_last_answers(scene: Scene) -> None:
    queue_session(scene.store, "north")
    ends = {"delivered": "open", "retrying": "unsure", "unknown": "unsure", "held": "open"}
    for n, (state, health) in enumerate(
        [*ends.items(), ("retrying", "unsure"), ("unknown", "unsure"), ("retrying", "trouble")]
    ):
        at = NOW - timedelta(hours=1) + timedelta(minutes=n)
        key = scene.store.begin_attempt("north", "S-1", 1, 1, n, None, at)
        how: dict[str, Any] = {
            "state": state,
            "code": None,
            "detail": "no connection",
            "next_attempt_at": None,
            "sent": 0,
        }
        scene.store.end_attempt(key, now=at, **how)
        assert f'"health {health}"' in scene.get("/status"), n
    page = scene.get("/status")
    assert '"health trouble"' in page
    assert "2026-06-01 11:06 UTC" in page.partition("Last answer")[2].partition("</dd>")[0]
    assert "2026-06-01 11:00 UTC" in page.partition("Last success")[2].partition("</dd>")[0]
    scene.store.pause("north", "ada", NOW)
    page = scene.get("/status")
    assert '"health paused"' in page
    assert "by ada" in page
    assert forms(page, "resume")


def test_the_newest_statement_is_shown_and_what_came_to_nothing_since(scene: Scene) -> None:
    line = {"number": "S-9", "revision": 1, "state": "missing", "retracted": True, "detail": None,
            "missing": ["Procedure/p"], "duplicated": []}  # fmt: skip
    found = Found("complete", None, {"delivered": 7, "missing": 1}, 1, encode([line]))
    scene.store.statements.save("north", "ada", NOW, found, NOW)
    scene.store.statements.save("north", "", NOW, Found("unreachable", "answered 503"), NOW)
    page = scene.get("/status")
    for words in ("by ada: 7 delivered, 1 missing there", "1 entered in error", "Something is missing there",
                  "in vain: answered 503"):  # fmt: skip
        assert words in page
    page = scene.get("/status/north?show=statement")
    assert "missing there; entered in error" in page
    assert "Missing: Procedure/p." in page


def test_both_sides_of_an_edit_are_shown_as_text(scene: Scene) -> None:
    scene.conflict()
    for path in ("/status/north", "/status/north/sessions/C-1"):
        page = scene.get(path)
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script" not in page
        assert "\u202e" not in page
        assert "amended" in page
        assert forms(page, "keep-theirs", number="C-1", seen="7")
        assert forms(page, "send-ours", number="C-1", seen="7")


def test_a_candidate_is_text_too(scene: Scene) -> None:
    scene.sandbox.put(their_patient("their-1", name=[{"family": "Synthetic-Alder", "given": [HOSTILE]}]))
    scene.held()
    page = scene.get("/status/north")
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_an_ehr_in_trouble_is_not_asked_unasked(scene: Scene) -> None:
    scene.held()
    for _ in range(3):
        key = scene.store.begin_attempt("north", "H-1", 1, 1, 1, None, NOW)
        ended: dict[str, Any] = {"state": "retrying", "code": None, "detail": None, "next_attempt_at": None, "sent": 0}
        scene.store.end_attempt(key, now=NOW, **ended)
    before = scene.sandbox.requests()
    assert "so it was not asked" in scene.get("/status/north")
    assert scene.sandbox.requests() == before
    scene.get("/status/north?show=patients")
    assert scene.sandbox.requests() > before


def test_an_ehr_that_cannot_be_asked_is_said(scene: Scene) -> None:
    scene.held()
    scene.sandbox.control("misbehave", mode="down")
    assert "could not be asked" in scene.get("/status/north")


def test_no_page_runs_or_loads_anything(scene: Scene) -> None:
    scene.conflict()
    for path in ("/status", "/status/north", "/status/north/sessions/C-1"):
        answer = scene.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
        assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("same-origin", "no-store")
        assert not re.search(r"<script|\son[a-z]+=|javascript:|<img|<link", answer.text)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/status/nowhere", 404),
        ("/status/north?show=all", 400),
        ("/status/north?after=%2F", 400),
        ("/status?done=%3Cb%3E", 400),
        ("/status/north/sessions/NONE-1", 404),
        ("/status/north/sessions/%20", 404),
        ("/status/nowhere/sessions/S-1", 404),
    ],
)
def test_what_is_not_there(scene: Scene, path: str, status: int) -> None:
    answer = scene.client.get(path)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_the_address_names_what_was_done_and_cannot_say_anything_else(scene: Scene) -> None:
    for word, text in DONE.items():
        assert text.partition(".")[0] in scene.get(f"/status?done={word}")
    assert 'role="status"' not in scene.get("/status?done=nonsense")


# how quick


def many(store: Store, count: int) -> None:
    states = ("pending", "retrying", "held", "conflict", "dead", "delivered")
    about = {"destination": "north", "revision": 1, "round": 1, "attempts": 1, "updated_at": NOW.isoformat()}
    rows = [{**about, "number": f"N-{n:05d}", "state": states[n % len(states)]} for n in range(count)]
    with store.engine.begin() as connection:
        connection.execute(sa.delete(deliveries))
        connection.execute(sa.insert(deliveries), rows)


def asked(scene: Scene, path: str) -> int:
    """How many questions the database is asked for a page."""
    found: list[str] = []

    def note(*parts: Any) -> None:
        found.append(parts[2])

    sa.event.listen(scene.store.engine, "before_cursor_execute", note)
    try:
        scene.get(path)
    finally:
        sa.event.remove(scene.store.engine, "before_cursor_execute", note)
    return len(found)


def test_the_database_is_asked_as_often_for_thousands_as_for_some(scene: Scene) -> None:
    paths = (
        "/status",
        "/status/north?show=waiting",
        "/status/north?show=held",
        "/status/north",
        "/status/north?show=dead",
    )
    many(scene.store, 180)
    few = [asked(scene, path) for path in paths]
    many(scene.store, 3000)
    assert [asked(scene, path) for path in paths] == few
    assert max(few) < 60
    page = scene.get("/status")
    assert "<strong>1000</strong> on the way" in page
    assert "All 500 of them" in page


def test_every_one_is_on_a_page(scene: Scene) -> None:
    many(scene.store, 600)
    for show, wanted in (("waiting", 200), ("held", 100), ("dead", 100)):
        numbers: list[str] = []
        path: str | None = f"/status/north?show={show}"
        while path is not None:
            page = scene.get(path)
            numbers += dict.fromkeys(re.findall(r"sessions/(N-\d+)", page))
            following = re.search(rf'href="\.\.(/status/north\?show={show}&amp;after=[^"]+)"', page)
            path = following and following[1].replace("&amp;", "&")
        assert len(numbers) == len(set(numbers)) == wanted


# what the controls do


def test_pause_resume_and_test(scene: Scene) -> None:
    page = sent(scene, scene.get("/status"), "/status", "pause").text
    assert "Paused. Nothing more is sent there" in page
    assert scene.store.known("north").paused_by == "open"
    page = sent(scene, page, "/status/north", "resume").text
    assert scene.store.known("north").paused_at is None
    page = sent(scene, page, "/status/north", "test").text
    assert "Sandbox EHR, FHIR 4.0.1: takes whole sessions, by transaction" in page
    refused = scene.post("south", act="test")
    assert refused.status_code == 503
    assert "no connection" in refused.text


def test_a_patient_is_linked_to_a_candidate_and_un_linked(scene: Scene) -> None:
    scene.sandbox.put(their_patient("their-1"))
    scene.held()
    page = scene.get("/status/north")
    assert "Ada Synthetic-Alder, born 1984-05-17, female" in page
    assert "the EHR says: certain" in page
    assert "H-1" in page.partition("Patient of")[2].partition("</h3>")[0]
    assert "Linked." in sent(scene, page, "/status/north", "link").text
    assert scene.state("H-1") == "pending"
    row = scene.store.patients.get("north", PATIENT)
    assert row is not None
    assert (row.state, row.their_id, row.by) == ("linked", "their-1", "open")
    page = scene.get("/status/north/sessions/H-1")
    assert "linked to Patient/their-1 by open" in page
    page = sent(scene, page, "/status/north/sessions/H-1", "unlink").text
    assert "Un-linked. Nothing more" in page
    assert "un-linked by open" in page
    assert "un-linked by a person" in scene.get("/status/north").lower()
    page = sent(scene, scene.get("/status/north?show=unlinked"), "/status/north", "link", their_id=" their-1 ").text
    assert "Linked." in page


def test_a_dead_letter_is_sent_again_as_mapped_then_or_now(scene: Scene) -> None:
    for mapped in ("then", "now"):
        number = f"D-{mapped}"
        scene.stops(number, "dead", detail="answered 422")
        action, fields = forms(scene.get("/status/north?show=dead"), "replay", number=number, mapped=mapped)[0]
        assert action == "../status/north"
        if mapped == "now":  # a made-up session is no record that could be mapped
            assert scene.client.post("/status/north", data=fields, headers=OURS).status_code == 400
            assert scene.state(number) == "dead"
            continue
        assert scene.client.post("/status/north", data=fields, headers=OURS).status_code == 303
        (delivery,) = scene.store.deliveries(number=number)
        assert (delivery.state, delivery.mapped) == ("pending", "then")
    assert [(act.who, act.act) for act in scene.store.acts("D-then")] == [("open", "replay then")]


def test_it_is_given_up_with_a_reason_alone(scene: Scene) -> None:
    scene.stops("D-1", "dead", detail="answered 422")
    path = "/status/north/sessions/D-1"
    for reason in ("", " ", "x" * 501):
        assert scene.post(act="purge", number="D-1", reason=reason).status_code == 400
    page = sent(scene, scene.get(path), path, "purge", reason="sent by fax, <b>twice</b>").text
    assert "Given up." in page
    assert "open: purge. sent by fax, &lt;b&gt;twice&lt;/b&gt;" in page
    assert scene.state("D-1") == "purged"


@pytest.mark.parametrize("act", ["purge", "replay"])
def test_what_was_revised_since_the_page_was_shown_is_looked_at_first(scene: Scene, act: str) -> None:
    """A correction that waits is not given up by who saw only what came before it."""
    scene.stops("D-1", "dead")
    _, fields = forms(scene.get("/status/north"), act, number="D-1")[0]
    publish(scene.store, our_session("D-1", gender="male"), b"corrected", "D-1")
    scene.store.redeliver("north", "D-1", NOW)
    scene.store.set_delivery("north", "D-1", 2, state="dead", attempts=1, now=NOW)
    answer = scene.post(**{**fields, "reason": "sent by fax"})
    assert (answer.status_code, "meanwhile" in answer.text) == (409, True)
    assert scene.state("D-1") == "dead"
    _, fields = forms(scene.get("/status/north"), act, number="D-1")[0]
    assert scene.post(**{**fields, "reason": "sent by fax"}).status_code == 303


@pytest.mark.parametrize(("act", "state"), [("keep-theirs", "kept"), ("send-ours", "pending")])
def test_an_edit_is_decided(scene: Scene, act: str, state: str) -> None:
    link = scene.conflict()
    page = sent(scene, scene.get("/status/north"), "/status/north", act).text
    assert DONE[act] in page
    found = scene.store.link("north", "Observation", link.id)
    assert found is not None
    assert found.state == state
    assert scene.state("C-1") == "pending"
    assert [(one.who, one.act) for one in scene.store.acts("C-1")] == [("open", act.replace("-", " "))]


def test_what_changed_since_it_was_shown_is_not_decided(scene: Scene) -> None:
    link = scene.conflict()
    _, fields = forms(scene.get("/status/north"), "send-ours")[0]
    scene.store.save_links([replace(link, their_version="8")], NOW)
    answer = scene.client.post("/status/north", data=fields, headers=OURS)
    assert (answer.status_code, "look again" in answer.text) == (409, True)
    found = scene.store.link("north", "Observation", link.id)
    assert found is not None
    assert found.state == "conflict"


def test_a_session_is_looked_up(scene: Scene) -> None:
    scene.stops("D-1", "dead", detail="answered 422")
    page = scene.get("/status/north")
    assert "answered 422" in sent(scene, page, "/status/north", "find", number=" D-1 ").text
    assert scene.post(act="find", number="../x").status_code == 400
    nowhere = scene.post(act="find", number="NONE-1")
    assert (nowhere.status_code, 'role="alert"' in nowhere.text) == (404, True)


@pytest.mark.parametrize(
    ("name", "fields", "status"),
    [
        ("nowhere", {"act": "pause"}, 404),
        ("nowhere", {"act": "find", "number": "S-1"}, 404),
        ("north", {"back": "D-1"}, 400),
        ("north", {"act": "destroy"}, 400),
        ("north", {"act": "__init__"}, 400),
        ("north", {"act": "replay", "number": "D-1"}, 400),
        ("north", {"act": "replay", "number": "NONE", "mapped": "then"}, 404),
        ("north", {"act": "replay", "number": "a/b", "mapped": "then"}, 400),
        ("north", {"act": "purge", "reason": "x"}, 400),
        ("north", {"act": "link", "patient": PATIENT, "their_id": "../x"}, 400),
        ("north", {"act": "link", "patient": PATIENT, "their_id": "nobody"}, 422),
        ("north", {"act": "unlink", "patient": "nobody"}, 404),
        ("north", {"act": "keep-theirs", "number": "D-1"}, 400),
        ("north", {"act": "keep-theirs", "number": "D-1", "resource": "Patient/1"}, 409),
        ("north", {f"field-{n}": "x" for n in range(30)}, 400),
    ],
)
def test_what_cannot_be_done_is_said_on_a_page(scene: Scene, name: str, fields: dict[str, str], status: int) -> None:
    scene.stops("D-1", "dead")
    answer = scene.client.post(f"/status/{name}", data=fields, headers=OURS)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "nobody" not in answer.text
    assert scene.state("D-1") == "dead"


@pytest.mark.parametrize("odd", ["\u0000", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "a" * 5000])
def test_what_no_database_holds_is_refused(scene: Scene, odd: str) -> None:
    scene.stops("D-1", "dead")
    assert scene.post(act="unlink", patient=odd).status_code in (400, 404)
    assert scene.post(act="link", patient=odd, their_id="x").status_code in (400, 404, 422)
    assert scene.post(act="purge", number="D-1", reason=odd).status_code in (303, 400)
    assert scene.post(act="find", number="D-1", back=odd).status_code == 303


def test_a_body_that_is_no_form(scene: Scene) -> None:
    assert scene.client.post("/status/north", json={"act": "pause"}, headers=OURS).status_code == 415
    kind = {**OURS, "Content-Type": "application/x-www-form-urlencoded"}
    assert scene.client.post("/status/north", content=b"act=%ff\xff", headers=kind).status_code == 400
    assert scene.client.post("/status/north", content=b"x" * 6_000_000, headers=kind).status_code == 413
    assert scene.store.known("north").paused_at is None


# at whose wish

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:8001"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_origin_changes_nothing(scene: Scene, headers: dict[str, str]) -> None:
    scene.stops("D-1", "dead")
    assert scene.post(headers=headers, act="pause").status_code == 403
    base = "/destinations/north"
    for method, path in (
        ("POST", f"{base}/pause"),
        ("POST", f"{base}/deliveries/D-1/purge?reason=x"),
        ("POST", f"{base}/deliveries/D-1/replay"),
        ("PUT", f"{base}/patients/{PATIENT}/link"),
        ("DELETE", f"{base}/patients/{PATIENT}/link"),
        ("PUT", "/sessions/S-1"),
    ):
        answer = scene.client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden"), path
    assert scene.store.known("north").paused_at is None
    assert scene.state("D-1") == "dead"
    assert scene.client.get("/status", headers=headers).status_code == 200  # nothing changes, and no page may read it


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "none"}])
def test_a_form_says_where_it_comes_from(scene: Scene, headers: dict[str, str]) -> None:
    assert scene.post(headers=headers, act="pause").status_code == 403
    assert scene.store.known("north").paused_at is None


@pytest.mark.parametrize("headers", [{"Origin": HERE}, OURS, {**OURS, "Origin": "null"}])
def test_our_own_pages_may(scene: Scene, headers: dict[str, str]) -> None:
    assert scene.post(headers=headers, act="pause").status_code == 303
    assert scene.client.post("/destinations/north/resume", headers=headers).status_code == 200
    assert scene.client.post("/destinations/north/resume").status_code == 200  # a program, which is no browser


def test_behind_a_proxy_its_own_address_is_the_public_one(service: Service, store: Store, sandbox: Sandbox) -> None:
    with scene_of(service, store, sandbox, base_url="https://bridge.example/x") as scene:
        assert scene.post(headers={"Origin": "https://bridge.example"}, act="pause").status_code == 303
        assert scene.post(headers={"Origin": "https://bridge.example.evil"}, act="pause").status_code == 403


def test_it_is_for_the_clinic_alone(service: Service, store: Store, sandbox: Sandbox) -> None:
    keys = {role: f"ib_{role}" for role in ("clinic", "reader")}
    for role, key in keys.items():
        store.add_key(f"{role}-1", role, hashlib.sha256(key.encode()).hexdigest(), NOW)
    with scene_of(service, store, sandbox, auth="keys") as scene:
        scene.held()
        for method, path in (("GET", "/status"), ("GET", "/status/north"), ("POST", "/status/north")):
            stranger = scene.client.request(method, path, headers=OURS)
            assert stranger.status_code == 401
            assert 'Basic realm="' in ", ".join(stranger.headers.get_list("www-authenticate"))
            reader = scene.client.request(method, path, headers={**OURS, **basic(keys["reader"])})
            assert (reader.status_code, "H-1" in reader.text) == (403, False)
        staff = {**OURS, **basic(keys["clinic"])}
        assert "H-1" in scene.client.get("/status", headers=staff).text
        assert scene.client.post("/status/north", data={"act": "pause"}, headers=staff).status_code == 303
        assert scene.store.known("north").paused_by == "clinic-1"


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"staff:{key}".encode()).decode()}


def test_nothing_of_a_patient_is_logged(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.sandbox.put(their_patient("their-1", (MRN, "M-2")))
    scene.held()
    scene.conflict()
    page = scene.get("/status/north")
    sent(scene, page, "/status/north", "link")
    scene.post(act="purge", number="C-1", reason="Synthetic-Alder")
    said = capsys.readouterr()
    assert "Synthetic" not in said.out + said.err
    assert "alert" not in said.out + said.err
    assert "M-1" not in said.out + said.err
