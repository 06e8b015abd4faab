"""Whole sequences of deliveries: sessions, revisions, edits there, decisions here, trouble and deaths in any order.

A real store and a real sandbox EHR on a socket; the clock and the deaths are Hypothesis's. Judged by the EHR's log.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ehr.ehrs import Sandbox
from ehr.judged import (
    Clinicians,
    living,
    no_edit_overwritten,
    nothing_missing,
    nothing_set_back,
    nothing_twice,
)
from ehr.simulated import CLINIC, NAME, Simulated
from golden_sessions import record
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from service.edges import Edge

FULL = os.environ.get("RELIABILITY") == "full"
EXAMPLES, STEPS = (2000, 60) if FULL else (40, 30)
WHOLE = ("open", "hapi-like", "batch-only", "unconditional", "cutting")
IN_PART = ("epic-like", "cerner-like")  # and no patient is made there
MODES = ("commit-then-cut", "down", "error-429", "error-500", "truncated", "html", "empty")
HOUR = 3600.0
SEEN = ("delivered", "conflict", "held", "dead")  # by a person, where it is not the first
pytestmark = [pytest.mark.slow] if FULL else []


class Sequences(RuleBasedStateMachine):
    sandbox: ClassVar[Sandbox]
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.sandbox.control("reset")
        self.clinicians = Clinicians(self.sandbox)
        self.folder = tempfile.TemporaryDirectory()
        self.service = Simulated(Path(self.folder.name), self.template, self.sandbox.base_url)
        self.patients: dict[str, int] = {}
        self.said, self.delivered = 0, False

    def teardown(self) -> None:
        try:
            self.sandbox.control("misbehave", mode="none")
            self.service.lives()
            self.service.desk.resume(NAME)
            self.service.until_empty()
            self.judge(*SEEN)
            self.work_off()
            self.judge("delivered")
        finally:
            self.service.close()
            self.folder.cleanup()

    def judge(self, *states: str) -> None:
        held = self.sandbox.held()
        nothing_twice(held)
        nothing_set_back(held, self.clinicians)
        no_edit_overwritten(self.clinicians)
        nothing_missing(self.service, held, self.clinicians, states)

    def work_off(self) -> None:
        """A person goes through the desk until nothing is left to decide."""
        for _ in range(6):
            for one in self.service.decisions.list(NAME):
                number = one["number"]
                if self.service.decisions.show(NAME, number)["conflicts"]:
                    self.send_ours(number)
                else:
                    self.service.decisions.replay(NAME, number, "then", "ada")
            self.service.until_empty()

    # the EHR

    @initialize(persona=st.sampled_from(WHOLE + IN_PART), known=st.integers(0, 1))
    def plays(self, persona: str, known: int) -> None:
        """So many of the patients are known there."""
        self.sandbox.control("persona", name=persona)
        for n in range(2 if persona in IN_PART else known):
            identifier = [{"system": CLINIC.systems.patient, "value": f"SEQ-{n}"}]
            self.clinicians.write({"resourceType": "Patient", "id": f"known-{n}", "identifier": identifier})

    @rule(
        trouble=st.tuples(st.sampled_from(MODES), st.integers(1, 3))
        | st.tuples(st.sampled_from(list(Edge)), st.integers(1, 3))
    )
    def trouble_comes(self, trouble: tuple[str, int]) -> None:
        """So many requests end badly there; or the process dies, when it passes there for the so-manyeth time."""
        what, times = trouble
        if isinstance(what, Edge):
            self.service.dies_at(what, times)
        else:
            self.sandbox.control("misbehave", mode=what, times=times)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def is_edited(self, data: st.DataObject) -> None:
        self.said += 1
        there = list(living(self.sandbox.held()))
        self.clinicians.edit(data.draw(st.sampled_from(there)), f"edit {self.said}")

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def is_deleted(self, data: st.DataObject) -> None:
        """But no patient: an EHR merges them, and a person links ours anew."""
        there = [name for name in living(self.sandbox.held()) if not name.startswith("Patient/")]
        if there:
            self.clinicians.delete(data.draw(st.sampled_from(there)))

    # the clinic

    @rule(
        n=st.integers(0, 2),
        patient=st.integers(0, 1),
        error=st.sampled_from([False, False, True]),
        total=st.none() | st.integers(0, 27),
    )
    def records(self, n: int, patient: int, error: bool, total: int | None) -> None:
        """New, or a revision; a session may turn out to be another patient's, of a course or of none, or of nobody."""
        number, day = f"S-{n}", f"2026-03-{2 + n:02d}"
        self.said += 1
        document = record(number=number, start=f"{day}T10:00:00-06:00", end=f"{day}T11:30:00-06:00")
        document["patient"] = {**document["patient"], "mrn": f"SEQ-{patient}"}
        document["status"] = "entered-in-error" if error and number in self.patients else "completed"
        about = {"time": f"{day}T10:10:00-06:00"}
        document["events"] = [{**about, "type": "vital-signs", "heart_rate": 40 + self.said}]
        if total is not None:
            document["course"] = {"id": f"C-{patient}"}
            document["events"].append({**about, "type": "score", "instrument": "phq9", "total": total})
        self.patients[number] = patient
        self.service.receive(document)

    # the service

    @precondition(lambda self: self.service.due)
    @rule(data=st.data())
    def delivers(self, data: st.DataObject) -> None:
        self.service.attempt(data.draw(st.sampled_from(self.service.due)))
        self.look()

    @precondition(lambda self: self.service.due)
    @rule()
    def delivers_all(self) -> None:
        for workflow in self.service.due:
            if workflow in self.service.due:
                self.service.attempt(workflow)
        self.look()

    def look(self) -> None:
        self.delivered = self.delivered or any(not name.startswith("Patient/") for name in self.sandbox.held())

    @rule(seconds=st.sampled_from([6.0, 400.0, HOUR, 13 * HOUR, 190 * HOUR]))
    def time_passes(self, seconds: float) -> None:
        self.service.pass_time(seconds)

    # people

    @rule()
    def is_paused_or_goes_on(self) -> None:
        if self.service.store.known(NAME).paused_at is None:
            self.service.desk.pause(NAME, "ada")
        else:
            self.service.desk.resume(NAME)

    @precondition(lambda self: self.patients)
    @rule(data=st.data(), mapped=st.sampled_from(["then", "now"]))
    def is_replayed(self, data: st.DataObject, mapped: Any) -> None:
        number = data.draw(st.sampled_from(sorted(self.patients)))
        with self.service.mortal():
            self.service.decisions.replay(NAME, number, mapped, "ada")

    @precondition(lambda self: self.service.decisions.list(NAME, ("conflict",)))
    @rule(data=st.data(), ours=st.booleans())
    def is_decided(self, data: st.DataObject, ours: bool) -> None:
        waiting = [one["number"] for one in self.service.decisions.list(NAME, ("conflict",))]
        number = data.draw(st.sampled_from(waiting))
        if ours:
            self.send_ours(number)
        else:
            with self.service.mortal():
                self.service.decisions.keep_theirs(NAME, number, None, "ada")

    def send_ours(self, number: str) -> None:
        for shown in self.service.decisions.show(NAME, number)["conflicts"]:
            name = f"{shown['resource'].split('/')[0]}/{shown['their_id']}"
            gone = shown["code"] == "deleted"
            self.clinicians.allow(name, max(self.clinicians.wrote[name]) if gone else int(shown["their_version"]))
        with self.service.mortal():
            self.service.decisions.send_ours(NAME, number, None, "ada")


@pytest.fixture(scope="module")
def machine(migrated_file: Path, sandbox_server: Sandbox) -> type[Sequences]:
    Sequences.sandbox, Sequences.template = sandbox_server, migrated_file
    return Sequences


def test_nothing_is_lost_doubled_set_back_or_overwritten(machine: type[Sequences]) -> None:
    limits = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
        report_multiple_bugs=False,
        phases=[Phase.reuse, Phase.generate, Phase.shrink] if FULL else [Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(machine, settings=limits)
