"""Validation per resource: the cached Validator, warm, beside plain fhir.resources."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from bench.documents import documents
from bench.measure import Result, Size, Steps, cost
from mappings import Clinic, load_clinic, map_session, parse_session
from service.fhirjson import read_json
from service.validation import Validator, shape_issues

Resources = list[dict[str, Any]]


def measure(size: Size) -> tuple[list[Result], list[Steps]]:
    """Every round has resources with ids and values that the validator has not met."""
    validator, fresh = Validator(), [resources(100 + number, size) for number in range(size.rounds)]
    for variation in range(size.learnt):
        for resource in resources(variation, size):
            validator.validate(resource)
    steps = Steps("validation of a resource", "µs")
    judged_in_full = _judged_in_full(validator, fresh[0])

    def ours(number: int) -> float:
        whole = per_resource(validator.validate, fresh[number])
        steps.samples[f"validate; in full {judged_in_full:.1%} of resources"].append(whole)
        return whole

    def other(number: int) -> float:
        return per_resource(shape_issues, fresh[number])

    return [cost("validation per resource / plain fhir.resources", "µs", size.rounds, ours, other)], [steps]


def resources(variation: int, size: Size, clinic: Clinic = load_clinic()) -> Resources:  # noqa: B008
    """One clinic for all of them, as in service: its codes are elements that a validator knows again."""
    found = documents(variation, size.sessions)
    return [resource for _, body in found for resource in map_session(parse_session(read_json(body)), clinic)]


def per_resource(judge: Any, found: Resources) -> float:
    """Microseconds."""
    began = perf_counter()
    for resource in found:
        judge(resource)
    return (perf_counter() - began) / len(found) * 1e6


def _judged_in_full(validator: Validator, found: Resources) -> float:
    """The share of resources for which what was learnt is not enough."""
    shapes = validator._shapes
    assert shapes is not None
    return sum(not shapes.is_known_valid(resource) for resource in found) / len(found)
