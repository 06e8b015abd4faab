"""What an EHR's own log says of a sequence of deliveries and edits: nothing twice, nothing set back, no edit overwritten."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ehr.bridge import facts, renamed
from ehr.ehrs import Sandbox
from ehr.simulated import CLINIC, NAME, Simulated

from service.fhirjson import read_json
from service.sync.compare import differences

Resource = dict[str, Any]
Held = dict[str, list[Resource | None]]
OURS = CLINIC.systems.resource
HEART_RATE = "8867-4"
# What some EHRs drop without a word
NOT_KEPT = ("partOf", "derivedFrom", "extension")
# What a person is shown, or has decided
DECIDED = ("conflict", "kept", "held", "dead")


@dataclass
class Clinicians:
    """What others than this service wrote there, and which of it a person let us overwrite, by when in the log."""

    sandbox: Sandbox
    wrote: dict[str, list[int]] = field(default_factory=dict)
    allowed: list[tuple[int, str, int]] = field(default_factory=list)

    def write(self, resource: Resource) -> None:
        self._note(self.sandbox.control("write", **resource))

    def edit(self, name: str, words: str) -> None:
        there = self.sandbox.held()[name][-1]
        assert there is not None
        self.write({**there, "extension": [{"url": "urn:made-up:edit", "valueString": words}]})

    def delete(self, name: str) -> None:
        kind, id_ = name.split("/")
        self._note(self.sandbox.control("delete", type=kind, id=id_))

    def allow(self, name: str, shown: int) -> None:
        """A person saw that version beside ours, and wants ours there."""
        self.allowed.append((len(self.sandbox.log()), name, shown))

    def _note(self, stored: Resource) -> None:
        name = f"{stored['resourceType']}/{stored['id']}"
        self.wrote.setdefault(name, []).append(int(stored["meta"]["versionId"]))


def our_name(theirs: Resource) -> str:
    """By our identifier, or by its id where it has none."""
    named = theirs.get("identifier", [])
    own = [i["value"] for i in (named if isinstance(named, list) else [named]) if i.get("system") == OURS]
    return f"{theirs['resourceType']}/{own[0] if own else theirs['id']}"


def living(held: Held) -> dict[str, Resource]:
    """By their names, what is there now."""
    return {name: versions[-1] for name, versions in held.items() if versions[-1] is not None}


def nothing_twice(held: Held) -> None:
    found: dict[str, list[str]] = {}
    for name, resource in living(held).items():
        found.setdefault(our_name(resource), []).append(name)
    twice = {name: copies for name, copies in found.items() if len(copies) > 1}
    assert twice == {}, f"more than once there: {twice}"


def no_edit_overwritten(clinicians: Clinicians) -> None:
    """Each of our writes stands on our own, or on what a person was shown and let go."""
    seen: dict[str, int] = {}
    for line in clinicians.sandbox.log():
        name, version = f"{line['type']}/{line['id']}", line["version"]
        theirs = clinicians.wrote.get(name, [])
        if version in theirs:
            continue
        let_go = max((shown for at, of, shown in clinicians.allowed if of == name and at < line["number"]), default=0)
        lost = [one for one in theirs if max(seen.get(name, 0), let_go) < one < version]
        assert lost == [], f"version {version} of {name} overwrote an edit"
        seen[name] = version


def nothing_set_back(held: Held, clinicians: Clinicians) -> None:
    """The readings of one moment, revision after revision."""
    for name, versions in held.items():
        theirs = clinicians.wrote.get(name, [])
        own = [one for n, one in enumerate(versions, 1) if one is not None and n not in theirs]
        rates = [int(one["valueQuantity"]["value"]) for one in own if _is_rate(one)]
        assert rates == sorted(rates), f"{name} was set back: {rates}"


def _is_rate(resource: Resource) -> bool:
    if resource["resourceType"] != "Observation":
        return False
    return any(coding.get("code") == HEART_RATE for coding in resource["code"]["coding"])


def nothing_missing(service: Simulated, held: Held, clinicians: Clinicians, states: tuple[str, ...]) -> None:
    """All of the newest revision of each session is there as it is now, or a person sees why not."""
    names = _names(service, held)
    for number in [row.number for row in service.store.sessions(None, 100)]:
        delivery = service.store.deliveries(number=number, destination=NAME, limit=1)[0]
        assert delivery.state in states, delivery
        if delivery.state in ("delivered", "conflict"):
            found = {n: _problem(service, held, clinicians, n, ours, names) for n, ours in _sent(service, number)}
            problems = {name: problem for name, problem in found.items() if problem}
            assert problems == {}, f"{delivery}: {problems}"


def _names(service: Simulated, held: Held) -> dict[str, str]:
    """What is there by our names: by our identifiers in it, and by the ledger where a record is their own."""
    found = {name: our_name(one) for name, versions in held.items() for one in versions if one is not None}
    with service.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT type, id, their_id FROM ledger WHERE their_id IS NOT NULL")
        return {**found, **{f"{kind}/{their_id}": f"{kind}/{id_}" for kind, id_, their_id in rows}}


def _sent(service: Simulated, number: str) -> list[tuple[str, Resource]]:
    left_out = {one["resource"] for one in service.desk.plan(NAME, number)["left_out"]}
    rows = service.store.session_resources(number)
    return [(n, read_json(r.content)) for r in rows if (n := f"{r.resource_type}/{r.id}") not in left_out]


def _problem(
    service: Simulated, held: Held, clinicians: Clinicians, name: str, ours: Resource, names: dict[str, str]
) -> str:
    """In words; empty where there is none."""
    kind, id_ = name.split("/")
    link = service.store.link(NAME, kind, id_)
    if link is None or link.their_id is None:
        return "was never sent"
    if link.state in DECIDED or link.sent_hash is None:
        return ""
    there = f"{kind}/{link.their_id}"
    # What was changed or deleted after we were there is a clinician's; what we left is ours.
    own = [one for n, one in enumerate(held.get(there, []), 1) if n not in clinicians.wrote.get(there, [])]
    if not own or own[-1] is None:
        return "is not there"
    theirs, ours = ({**_pointing(renamed(one, names)), "id": id_} for one in (own[-1], ours))
    theirs, ours = ({key: one[key] for key in one if key not in NOT_KEPT} for one in (theirs, ours))
    if facts(theirs) == facts(ours):
        return ""
    return f"is there in another form: {[(d.path, d.ours, d.theirs) for d in differences(ours, theirs)]}"


def _pointing(value: Any) -> Any:
    """A reference by our identifier, to what was not there yet, as one by our id."""
    if isinstance(value, list):
        return [_pointing(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _pointing(child) for key, child in value.items()}
    named = found.get("identifier")
    if isinstance(named, dict) and named.get("system") == OURS and "resourceType" not in found:
        return {**{key: child for key, child in found.items() if key != "identifier"}, "reference": named["value"]}
    if isinstance(found.get("reference"), str):
        return {**found, "reference": found["reference"].split("/")[-1]}
    return found
