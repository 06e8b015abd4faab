"""An event keeps its ids, whatever else happened at the same time: what is added or taken out changes nothing of it."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from golden_sessions import at
from hypothesis import given
from hypothesis import strategies as st
from mapped_sessions import mapped

from mappings import Resource

Events = list[dict[str, Any]]
# What sums up a session, or is worked out over several of its events
SUMS = {"Provenance", "Composition", "DocumentReference", "DiagnosticReport", "Flag"}
DERIVED = {"baseline", "peak", "return"}

PHQ9 = at(30, "score", instrument="phq9", total=12)
GAD7 = at(30, "score", instrument="gad7", items=[1, 1, 1, 0, 0, 0, 0])
AT_ONE_TIME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "medications": (
        at(30, "medication", drug={"key": "ondansetron"}, dose={"value": 4, "unit": "mg"}),
        at(30, "medication", drug={"text": "Water"}, dose={"value": 20, "unit": "mL"}),
    ),
    "scores": (PHQ9, GAD7),
    "scales": (
        at(30, "sedation", scale="moaas", level=5),
        at(30, "sedation", scale="rass", level=0),
    ),
    "reactions": (
        at(30, "reaction", reaction={"key": "nausea"}, severity="moderate", outcome="ongoing"),
        at(30, "reaction", reaction={"key": "headache"}, severity="severe", outcome="ongoing"),
    ),
    "notes": (
        at(30, "note", text="Told of a dream.", kind="psychotherapy"),
        at(30, "note", text="Comfortable."),
    ),
    "sets of readings": (
        at(30, "vital-signs", temperature={"value": 37, "unit": "Cel"}, systolic=120, diastolic=80),
        at(30, "vital-signs", heart_rate=72, mean=93),
    ),
}


def of_events(resources: list[Resource]) -> dict[str, Resource]:
    """By id, what tells of single events."""
    return {r["id"]: r for r in resources if r["resourceType"] not in SUMS and not _is_derived(r)}


def _is_derived(resource: Resource) -> bool:
    code = resource.get("code", {})
    codes = {coding["code"] for coding in code.get("coding", ())} if isinstance(code, dict) else set()
    return any(code.endswith(tuple(f"-{what}" for what in DERIVED)) for code in codes)


@pytest.mark.parametrize("pair", AT_ONE_TIME.values(), ids=AT_ONE_TIME)
def test_what_is_taken_out_takes_its_own_with_it_and_nothing_else(pair: tuple[Any, Any]) -> None:
    both = of_events(mapped(events=list(pair)))
    for left, gone in (pair, pair[::-1]):
        alone = of_events(mapped(events=[left]))
        others = of_events(mapped(events=[gone]))
        assert {id_: both[id_] for id_ in alone} == alone
        assert set(both) == set(alone) | set(others)


@pytest.mark.parametrize("pair", AT_ONE_TIME.values(), ids=AT_ONE_TIME)
def test_the_order_in_which_events_of_one_time_are_written_is_no_matter(pair: tuple[Any, Any]) -> None:
    assert of_events(mapped(events=list(pair))) == of_events(mapped(events=list(pair[::-1])))


def test_two_that_are_alike_are_two() -> None:
    for event in (event for pair in AT_ONE_TIME.values() for event in pair if event.get("kind") != "psychotherapy"):
        one, two = of_events(mapped(events=[event])), of_events(mapped(events=[event, event]))
        assert one.items() <= two.items()
        none = of_events(mapped(events=[]))
        assert len(two) - len(one) == len(one) - len(none) > 0


def test_a_mean_alone_counts_apart_from_a_panel() -> None:
    panel, mean = (at(30, "vital-signs", **read) for read in ({"systolic": 120, "diastolic": 80}, {"mean": 93}))
    assert of_events(mapped(events=[panel, mean])).items() >= of_events(mapped(events=[mean])).items()


def test_a_stop_out_of_a_pause_does_not_hang_on_another_medication() -> None:
    def of(*labels: str) -> Events:
        rate = {"value": 30, "unit": "mg/h"}
        found = []
        for label in labels:
            found += [at(5, "infusion-start", rate=rate, medication=label), at(20, "pause", medication=label)]
            found += [at(30, "infusion-stop", medication=label)]
        return found

    products = [{"label": label, "drug": {"key": "ketamine"}} for label in ("A", "B")]
    without = [event for event in of("A", "B") if (event["medication"], event["type"]) != ("A", "infusion-stop")]
    both, left = (
        of_events(mapped(medications=products, order=None, events=events)) for events in (of("A", "B"), without)
    )
    stops = {id_ for id_, resource in both.items() if "Infusion ended while paused" in str(resource.get("code"))}
    assert len(stops) == 2
    assert len(stops & set(left)) == 1


FIELDS = {"heart_rate": "8867-4", "respiratory_rate": "9279-1", "mean": "8478-0", "systolic": "85354-9"}
SETS = st.lists(st.dictionaries(st.sampled_from(list(FIELDS)), st.integers(60, 90), min_size=1), min_size=1, max_size=4)


def rows(sets: list[dict[str, int]]) -> dict[str, list[Resource]]:
    """Code → its Observations, of sets at one time."""
    found: dict[str, list[Resource]] = {}
    for resource in mapped(events=[at(30, "vital-signs", **one) for one in sets]):
        if resource["resourceType"] == "Observation" and resource["category"][0]["coding"][0]["code"] == "vital-signs":
            found.setdefault(resource["code"]["coding"][0]["code"], []).append(resource)
    return found


def told(one: dict[str, int]) -> set[str]:
    """The codes of a set: a mean beside a systolic stands in its panel."""
    return {FIELDS[field] for field in one if field != "mean" or "systolic" not in one}


@given(SETS, st.integers(0, 3))
def test_a_reading_hangs_on_no_other_kind_of_reading(sets: list[dict[str, int]], which: int) -> None:
    """Of sets at one time one is taken out: what it did not read stays as it was."""
    which %= len(sets)
    before, after = rows(sets), rows(sets[:which] + sets[which + 1 :])
    ids = [resource["id"] for found in before.values() for resource in found]
    assert len(set(ids)) == len(ids)
    for code in FIELDS.values():
        assert len(before.get(code, [])) == sum(code in told(one) for one in sets)
        if code not in told(sets[which]):
            assert after.get(code) == before.get(code)


@pytest.mark.parametrize("words", sorted(set(itertools.permutations(["X", "X", "X 2"]))))
def test_words_that_look_like_a_count_are_no_count(words: tuple[str, ...]) -> None:
    """Of what is given in words alone, too, none is lost."""
    reactions = [at(30, "reaction", reaction={"text": text}, severity="moderate") for text in words]
    drugs = [at(30, "medication", drug={"text": text}, dose={"value": 1, "unit": "mg"}) for text in words]
    found = mapped(events=[*reactions, *drugs])
    assert Counter(r["event"]["text"] for r in found if r["resourceType"] == "AdverseEvent") == Counter(words)
    given = [r["medicationCodeableConcept"]["text"] for r in found if r["resourceType"] == "MedicationAdministration"]
    assert Counter(given) == Counter(words)


def test_a_key_and_the_same_word_are_two() -> None:
    key, text = (at(30, "reaction", reaction={how: "nausea"}, severity="mild") for how in ("key", "text"))
    alone, both = of_events(mapped(events=[text])), of_events(mapped(events=[key, text]))
    assert {id_: both[id_] for id_ in alone} == alone
