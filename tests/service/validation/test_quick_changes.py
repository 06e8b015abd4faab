"""Whatever is changed in a resource of a shape that is known: what passes quickly is valid.

Held at every place of a resource of every shape that the fixtures have: as it was mapped, as read from JSON, and with
elements that nobody can change at every place. With ``ONE_PLACE_IN`` 1 all of them are tried, in some minutes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from conformance.corpus.mutants import samples
from golden_sessions import fixture_sessions
from single_changes import changed, places, ways

from mappings import load_clinic, map_session
from mappings.datatypes import Fixed
from service.validation import Validator, full_judgement
from service.validation.shapes import OFTEN, Shapes
from service.validation.shapes.outline import outline

Resource = dict[str, Any]
ONE_PLACE_IN = 37


def all_fixed(value: Any) -> Any:
    """With every object an element that nobody can change."""
    if isinstance(value, dict):
        return Fixed({name: all_fixed(child) for name, child in value.items()})
    return [all_fixed(child) for child in value] if isinstance(value, list) else value


def _forms() -> Iterator[Resource]:
    mapped = [dict(r) for s in fixture_sessions().values() for r in map_session(s, load_clinic())]
    by_hand = [s.resource for s in samples() if s.rich and full_judgement(s.resource) == []]
    for resource in [*mapped, *by_hand]:
        yield resource
        yield copy.deepcopy(resource)
        yield {name: all_fixed(child) for name, child in resource.items()}


def _warm() -> tuple[Shapes, list[Resource]]:
    """Shapes that were met so often that each is judged in the quickest way, and one resource of each."""
    shapes, forms = Shapes(), list(_forms())
    for form in forms:
        shapes.learn(form)
    one_each = list({outline(form, []): form for form in forms}.values())
    for _ in range(OFTEN):
        known = [resource for resource in one_each if shapes.is_known_valid(resource)]
    assert len(known) > 0.98 * len(one_each)  # some of those by hand contain others, or have a period that is not clear
    return shapes, known


SHAPES, KNOWN = _warm()


def _changes(resource: Resource, offset: int) -> Iterator[Resource]:
    every = list(places(resource))
    for path in every[offset % ONE_PLACE_IN :: ONE_PLACE_IN]:
        value: Any = resource
        for part in path:
            value = value[part]
        yield from (changed(resource, path, way) for way in ways(value))


def test_what_passes_quickly_is_valid() -> None:
    passed = 0
    for i, resource in enumerate(KNOWN):
        for one in _changes(resource, i):
            if _is_known(one):
                passed += 1
                assert full_judgement(one) == [], one
    assert passed > 500


def test_what_is_no_json_is_judged_in_full() -> None:
    validator, observation = Validator(), next(r for r in KNOWN if r["resourceType"] == "Observation")
    for one in (changed(observation, path, lambda value: Other(a=value)) for path in places(observation) if path):
        assert validator.validate(one) == validator.validate(one) == full_judgement(one)


class Other(dict[str, Any]):
    """A dict, and yet not one."""


def _is_known(resource: Any) -> bool:
    try:
        return type(resource) is dict and SHAPES.is_known_valid(resource)
    except TypeError:
        return False
