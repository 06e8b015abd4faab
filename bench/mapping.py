"""Mapping and validating a session, beside what orjson needs to dump the same resources."""

from __future__ import annotations

from decimal import Decimal
from time import process_time

import orjson

from bench.documents import documents
from bench.measure import Result, Size, Steps, cost
from mappings import load_clinic, map_session, parse_session
from service.commands.memory import settle
from service.fhirjson import read_json
from service.validation import Validator


def measure(size: Size) -> tuple[list[Result], list[Steps]]:
    """Per resource, warm, in processor time; every round has sessions whose ids and values nobody has met."""
    clinic, validator = load_clinic(), Validator()
    rounds = [
        [parse_session(read_json(body)) for _, body in documents(200 + number, size.sessions)]
        for number in range(size.rounds)
    ]
    for variation in range(size.learnt):
        for _, body in documents(variation, size.sessions):
            for resource in map_session(parse_session(read_json(body)), clinic):
                validator.validate(resource)
    settle()  # as `serve` does once it has started
    dumped = [[resource for session in some for resource in map_session(session, clinic)] for some in rounds]
    steps = Steps("mapping and validation of a resource", "µs")

    def ours(number: int) -> float:
        began = process_time()
        resources = [resource for session in rounds[number] for resource in map_session(session, clinic)]
        mapped = process_time()
        for resource in resources:
            validator.validate(resource)
        ended = process_time()
        steps.samples["map"].append((mapped - began) / len(resources) * 1e6)
        steps.samples["validate"].append((ended - mapped) / len(resources) * 1e6)
        return (ended - began) / len(resources) * 1e6

    def other(number: int) -> float:
        began = process_time()
        for resource in dumped[number]:
            orjson.dumps(resource, default=_number)
        return (process_time() - began) / len(dumped[number]) * 1e6

    return [cost("map + validate a resource / orjson.dumps of it", "µs", size.rounds, ours, other)], [steps]


def _number(value: Decimal) -> float:
    """orjson knows no Decimals."""
    return float(value)
