"""DocumentReference and DiagnosticReport: the session note, twice the same bytes."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from golden_sessions import at, session
from mapped_sessions import CLINIC, HOSTILE, codes, mapped, of_type, words

from mappings import retract
from mappings.context import SessionContext
from mappings.note import session_note

RECORDED = "2026-03-02T12:00:00-06:00"


def document(**changes: Any) -> dict[str, Any]:
    return of_type(mapped(**changes), "DocumentReference")[0]


def report(**changes: Any) -> dict[str, Any]:
    return of_type(mapped(**changes), "DiagnosticReport")[0]


def test_the_attachment_is_the_note_in_utf_8() -> None:
    changes: dict[str, Any] = {"after": {"instructions": f"Ruhe, 37 °C {HOSTILE}"}}
    attachment = document(**changes)["content"][0]["attachment"]
    text = b64decode(attachment["data"])
    assert text.decode() == session_note(SessionContext.of(session(**changes), CLINIC))
    assert (attachment["contentType"], attachment["size"]) == ("text/plain; charset=utf-8", len(text))
    assert report(**changes)["presentedForm"] == [attachment]


def test_it_is_found_as_a_procedure_note() -> None:
    found = document()
    assert codes(found["type"]) == codes(report()["code"]) == {"28570-0"}
    assert codes(found["category"][0]) == {"clinical-note"}
    assert found["content"][0]["format"]["code"] == "urn:ihe:iti:xds:2017:mimeTypeSufficient"
    assert (
        found["context"]["period"]
        == report()["effectivePeriod"]
        == {
            "start": "2026-03-02T10:00:00-06:00",
            "end": "2026-03-02T11:30:00-06:00",
        }
    )
    assert found["context"]["encounter"][0]["reference"].startswith("Encounter/")


def test_a_date_is_given_only_where_the_record_states_one() -> None:
    assert document(recorded=RECORDED)["date"] == report(recorded=RECORDED)["issued"] == RECORDED
    assert "date" not in document()
    assert "creation" not in document()["content"][0]["attachment"]
    assert "issued" not in report()


def test_the_author_is_who_was_nearest_to_the_infusion_or_else_the_clinic() -> None:
    staff = [{"family": "A", "id": "a", "role": "ordering"}, {"family": "B", "id": "b", "role": "monitoring"}]
    found = mapped(staff=staff)
    monitoring = of_type(found, "Practitioner")[1]
    assert of_type(found, "DocumentReference")[0]["author"] == [{"reference": f"Practitioner/{monitoring['id']}"}]
    assert document(staff=[])["author"][0]["reference"].startswith("Organization/")
    assert report(staff=[])["performer"][0]["reference"].startswith("Organization/")


def test_the_note_of_a_session_that_still_runs_is_preliminary() -> None:
    changes: dict[str, Any] = {"status": "in-progress", "end": None}
    assert (document(**changes)["docStatus"], report(**changes)["status"]) == ("preliminary", "preliminary")
    assert (document()["docStatus"], document()["status"], report()["status"]) == ("final", "current", "final")


def test_a_note_in_error_says_so_in_every_status() -> None:
    form = retract(document())
    assert form is not None
    assert (form["status"], form["docStatus"]) == ("entered-in-error", "entered-in-error")
    assert words(form).startswith("<p>Entered in error</p>")


def test_there_is_one_of_each_also_where_there_is_nothing_to_tell() -> None:
    found = mapped(indications=[], staff=[], preparation={}, medications=[], order=None, events=[], end=None)
    assert len(of_type(found, "DocumentReference")) == len(of_type(found, "DiagnosticReport")) == 1
    note = b64decode(of_type(found, "DocumentReference")[0]["content"][0]["attachment"]["data"]).decode()
    assert "Synthetic-Test" in note
    assert len(of_type(mapped(events=[at(0, "note", text="x")]), "DocumentReference")) == 1
