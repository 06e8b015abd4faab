"""The corpus: samples of every type, each damaged in every kind of way. The same on every run."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import conformance.corpus.kinds.blind
import conformance.corpus.kinds.datatypes
import conformance.corpus.kinds.harmless
import conformance.corpus.kinds.narrative
import conformance.corpus.kinds.primitives
import conformance.corpus.kinds.references
import conformance.corpus.kinds.resources
import conformance.corpus.kinds.shape  # noqa: F401
from conformance.corpus.kind import KINDS, Kind

from service.fhirjson import encode, read_json

Resource = dict[str, Any]
HERE = Path(__file__).parent
GOLDENS = HERE.parents[2] / "fixtures" / "fhir"
FROM_GOLDENS = 1  # instances per type
SEED = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """``rich``: one that was written to hold much that can be damaged."""

    name: str
    resource: Resource
    rich: bool

    @property
    def type(self) -> str:
        return str(self.resource["resourceType"])


@dataclass(frozen=True, slots=True)
class Mutant:
    """A sample after one change, as the bytes that both judges get."""

    kind: Kind
    sample: Sample
    number: int
    content: bytes

    @property
    def type(self) -> str:
        return self.sample.type

    def __str__(self) -> str:
        return f"{self.kind.name} · {self.sample.name} · {self.number}"


def samples() -> list[Sample]:
    """Our hand-written ones, and some of what the fixture sessions become."""
    written = [
        Sample(path.stem, read_json(path.read_bytes()), True) for path in sorted((HERE / "samples").glob("*.json"))
    ]
    return [*written, *_of_goldens({sample.name for sample in written})]


def _of_goldens(types: set[str]) -> Iterator[Sample]:
    """The largest of each type: it has the most that can be damaged. Claims of profiles are not base R4 and go."""
    found: dict[str, list[Resource]] = {}
    for path in sorted(GOLDENS.glob("*.json")):
        for entry in read_json(path.read_bytes())["entry"]:
            found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    for type_name in sorted(types & set(found)):
        largest = sorted(found[type_name], key=lambda r: (-len(encode(r)), r["id"]))
        for number, resource in enumerate(largest[:FROM_GOLDENS], 1):
            resource["meta"].pop("profile", None)
            yield Sample(f"{type_name} golden {number}", resource, False)


def mutants(seed: int = SEED, more: int = 1) -> Iterator[Mutant]:
    """Every kind of change to every written sample, every fifth to a golden. ``more`` multiplies how many of each."""
    for sample in samples():
        kinds = list(KINDS.values())
        if not sample.rich:
            kinds = Random(f"{seed} {sample.name}").sample(kinds, len(kinds) // 5)
        for kind in kinds:
            yield from _of_kind(kind, sample, seed, kind.mutants * more if sample.rich else more)


def _of_kind(kind: Kind, sample: Sample, seed: int, most: int) -> Iterator[Mutant]:
    seen = set() if kind.harmless else {encode(sample.resource)}
    for number in range(most):
        resource = copy.deepcopy(sample.resource)
        chance = Random(f"{seed} {kind.name} {sample.name} {number}")
        try:
            applied = kind.change(resource, chance)
        except LookupError:  # the sample has nothing of that sort
            continue
        if applied and (content := encode(resource)) not in seen:
            seen.add(content)
            yield Mutant(kind, sample, number, content)
