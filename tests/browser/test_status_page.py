"""The status pages as staff meet them: with a key, in a browser, over an EHR in which things have gone wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser.process import COMMAND, HOST, free_port, serving, surroundings
from ehr.ehrs import Sandbox, running_sandbox, wait_until
from ehr.patients import their_patient
from golden_sessions import ROOT, record
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)
VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective))"
)
# Fields and buttons that a screen reader would have no name for
UNNAMED = """() => [...document.querySelectorAll('input:not([type=hidden]), button')].filter(element =>
  !(element.tagName === 'BUTTON' ? element.textContent : element.labels[0]?.textContent)?.trim()
).map(element => element.outerHTML)"""
# Words whose colour stands out from the page by less than 4.5 : 1
PALE = """() => {
  const channel = c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
  const light = css => { const [r, g, b] = css.match(/[\\d.]+/g).map(Number);
    return .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b); };
  const behind = e => { for (; e; e = e.parentElement) {
    const css = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(css)) return css; } return 'rgb(255,255,255)'; };
  return [...document.body.querySelectorAll('*')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => { const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
      return (a + .05) / (b + .05) < 4.5; }).map(e => e.outerHTML.slice(0, 200)); }"""
LEVELS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map(heading => Number(heading.tagName[1]))"
WIDE = "() => document.documentElement.scrollWidth"
MRN = "https://status.example/id/mrn"
CLINIC = f"""[clinic]
key = "status"
[systems]
patient = "{MRN}"
session = "https://status.example/id/session"
resource = "https://status.example/id/infusion-bridge"
staff = "https://status.example/id/staff"
"""


@dataclass
class Desk:
    """A service with a key for staff, and two EHRs: one that is there, and one that nobody answers for."""

    url: str
    key: str
    ehr: Sandbox
    browser: Browser

    def put(self, number: str, **changes: Any) -> None:
        """A session of a patient of its own."""
        found = record(number=number, **changes)
        document = {**found, "patient": {**found["patient"], "mrn": f"MRN-{number}"}}
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        content = json.dumps(document, default=float)
        answer = httpx.put(f"{self.url}/sessions/{number}", content=content, headers=headers, timeout=60)
        assert answer.status_code in (200, 201), answer.text

    def state(self, number: str, name: str = "north") -> str:
        headers = {"Authorization": f"Bearer {self.key}"}
        path = f"{self.url}/destinations/{name}/deliveries/{number}"
        return str(httpx.get(path, headers=headers, timeout=60).json()["state"])

    def until(self, number: str, state: str, name: str = "north") -> None:
        wait_until(lambda: self.state(number, name) == state, 60)

    def knows(self, number: str, **changes: Any) -> None:
        """The EHR has this session's patient."""
        self.ehr.put(their_patient(f"their-{number}", (MRN, f"MRN-{number}"), **changes))

    @contextmanager
    def page(self, width: int = 1280, **options: Any) -> Iterator[tuple[Page, list[str]]]:
        """Somebody who knows the key; with everything that the browser complained about."""
        given = {"http_credentials": {"username": "staff", "password": self.key}, **options}
        context = self.browser.new_context(viewport={"width": width, "height": 900}, **given)
        context.add_init_script(VIOLATIONS)
        page, complaints = context.new_page(), list[str]()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page, complaints
        finally:
            context.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder, port = tmp_path_factory.mktemp("status"), free_port()
    with running_sandbox() as ehr:
        environment = surroundings(_settings(folder, port, ehr))
        made = subprocess.run(
            [*COMMAND, "keys", "create", "front-desk", "--role", "clinic"],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        with serving(environment, port, folder / "serve.log") as url:
            found = Desk(url, made.stdout.strip(), ehr, browser)
            _go_wrong(found)
            yield found


def _settings(folder: Path, port: int, ehr: Sandbox) -> dict[str, str]:
    clinic, destinations = folder / "clinic.toml", folder / "destinations.toml"
    clinic.write_text(CLINIC)
    destinations.write_text(
        f'[destinations.north]\nbase_url = "{ehr.base_url}"\ninternal = true\n'
        f'[destinations.south]\nbase_url = "http://{HOST}:{free_port()}/fhir"\ninternal = true\n'
    )
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'status.sqlite3'}",
        "PORT": str(port),
        "CLINIC": str(clinic),
        "DESTINATIONS": str(destinations),
        "SYNC_POLL_SECONDS": "0.05",
    }


def _go_wrong(desk: Desk) -> None:
    """At north: dead, in conflict, held. At south everything waits."""
    desk.knows("DEAD-1")
    desk.put("DEAD-1")
    desk.until("DEAD-1", "delivered")
    before = [desk.ehr.get(f"{line['type']}/{line['id']}") for line in desk.ehr.log()]
    desk.ehr.control("reset")  # while it knows nobody, what refers to a patient is refused
    desk.put("DEAD-1", status="stopped", status_reason="Nausea")
    desk.until("DEAD-1", "dead")
    for there in before:
        desk.ehr.put(there)
    desk.knows("EDIT-1")
    desk.put("EDIT-1")
    desk.until("EDIT-1", "delivered")
    (there,) = [r for r in desk.ehr.resources("Procedure") if "EDIT-1" in str(r["identifier"])]
    desk.ehr.put({**there, "note": [{"text": "<b>edited</b> there"}]})
    desk.put("EDIT-1", status="stopped", status_reason="Nausea")
    desk.until("EDIT-1", "conflict")
    desk.put("HELD-1")
    desk.until("HELD-1", "held")
    desk.until("HELD-1", "retrying", "south")
    alike = {"name": [{"family": "Synthetic-Test", "given": ["Ann"]}], "birthDate": "1980-05-17"}
    desk.ehr.put(their_patient("alike", **alike))


PATHS = ("/status", "/status/north", "/status/south", "/status/north/sessions/EDIT-1", "/status/south?show=waiting")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_pages_are_quiet_named_and_fit(desk: Desk, path: str, width: int) -> None:
    with desk.page(width) as (page, complaints):
        answer = page.goto(desk.url + path)
        assert answer
        assert answer.status == 200
        assert complaints + page.evaluate("violations") == []
        assert page.evaluate(WIDE) <= width
        assert page.evaluate(UNNAMED) == []
        assert page.evaluate(PALE) == []
        levels = page.evaluate(LEVELS)
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        page.emulate_media(media="print")
        assert page.locator("form:visible").count() == 0


def test_what_waits_stopped_or_was_changed_is_seen_at_a_glance(desk: Desk) -> None:
    with desk.page() as (page, _):
        page.goto(f"{desk.url}/status")
        north, south = page.get_by_role("region", name="north"), page.get_by_role("region", name="south")
        for words in ("1 held for a person", "1 changed there", "1 given up after trying", "Nobody knows yet who"):
            assert words in north.inner_text()
        assert "3 on the way" in south.inner_text()
        assert "no connection" in south.inner_text()


def test_a_candidate_is_chosen_and_the_session_arrives(desk: Desk) -> None:
    with desk.page() as (page, _):
        page.goto(f"{desk.url}/status")
        page.get_by_role("link", name="Patients nobody could match").first.click()
        waiting = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Patient of HELD-1"))
        assert "Ann Synthetic-Test, born 1980-05-17" in waiting.inner_text()
        waiting.get_by_role("button", name="This is the patient Patient/alike").click()
        assert page.get_by_role("status").inner_text().startswith("Linked.")
        desk.until("HELD-1", "delivered")
        page.goto(f"{desk.url}/status/north/sessions/HELD-1")
        assert "linked to Patient/alike by front-desk" in page.locator("main").inner_text()
        assert page.get_by_text("delivered", exact=False).first.is_visible()
    assert any(r["subject"]["reference"] == "Patient/alike" for r in desk.ehr.resources("Procedure"))


def test_an_edit_is_compared_and_decided(desk: Desk) -> None:
    with desk.page() as (page, _):
        page.goto(f"{desk.url}/status")
        page.get_by_role("link", name="See both sides").click()
        sides = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="note[0].text"))
        assert sides.inner_text().split("\t") == ["note[0].text", "–", "<b>edited</b> there"]
        page.get_by_role("button", name="Send ours").click()
        assert page.get_by_role("status").inner_text() == "Ours is sent in the place of theirs."
        desk.until("EDIT-1", "delivered")
        page.reload()
        assert page.get_by_role("button", name="Send ours").count() == 0
        assert "front-desk: send ours" in page.locator("main").inner_text()
    (there,) = [r for r in desk.ehr.resources("Procedure") if "EDIT-1" in str(r["identifier"])]
    assert (there["status"], "note" in there) == ("stopped", False)


def test_a_dead_letter_is_sent_again_on_a_phone(desk: Desk) -> None:
    with desk.page(390) as (page, _):
        page.goto(f"{desk.url}/status")
        page.get_by_role("button", name="Send again session DEAD-1", exact=True).click()
        assert page.get_by_role("status").inner_text() == "Queued to be sent again."
        desk.until("DEAD-1", "delivered")
        page.goto(f"{desk.url}/status")
        assert "0 given up after trying" in page.get_by_role("region", name="north").inner_text()


def test_with_the_keyboard_alone_and_without_scripts(desk: Desk) -> None:
    with desk.page(java_script_enabled=False) as (page, _):
        page.goto(f"{desk.url}/status/south")
        page.get_by_role("button", name="Pause").focus()
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        assert "Paused by front-desk" in " ".join(page.locator("main").inner_text().split())
        summary = page.get_by_role("button", name="Let it go on")
        summary.focus()
        page.keyboard.press("Space")
        page.get_by_text("Sending goes on.").wait_for()
        desk.put("LATER-1")
        page.goto(f"{desk.url}/status/north/sessions/LATER-1")
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        desk.until("LATER-1", "held")
        page.reload()
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("sent by fax")
        page.keyboard.press("Enter")
        page.get_by_text("Given up.").wait_for()
    assert desk.state("LATER-1") == "purged"


def test_a_strangers_page_changes_nothing_though_the_browser_knows_the_key(desk: Desk) -> None:
    """The EHR's own page posts a form at us: what staff type nowhere, their browser would send along."""
    targets = {"status/south": {"act": "pause"}, "destinations/south/pause": {}}
    with desk.page() as (page, _):
        page.goto(f"{desk.url}/status")
        for path, fields in targets.items():
            page.goto(desk.ehr.base_url.replace("/fhir", "/"))
            with page.expect_navigation() as landed:
                page.evaluate(
                    """([action, fields]) => {
                      const form = Object.assign(document.createElement('form'), {method: 'post', action});
                      for (const [name, value] of Object.entries(fields))
                        form.append(Object.assign(document.createElement('input'), {name, value}));
                      document.body.append(form);
                      form.submit();
                    }""",
                    [f"{desk.url}/{path}", fields],
                )
            assert landed.value
            assert landed.value.status == 403
            assert landed.value.request.all_headers()["sec-fetch-site"] == "same-site"
        page.goto(f"{desk.url}/status/south")
        assert page.get_by_role("button", name="Pause").is_visible()
