"""Generated sessions for the HL7 validator: ``python tests/conformance/generated.py [SESSIONS [US-CORE-VERSION …]]``.

Nine in ten are plausible, the others as odd as a record can be. A resource that differs from one judged before in
nothing but numbers, times, ids and free words is not judged again: that is what most of them are. Prints how many
resources were made and judged, and every error; ends with 1 if there is one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conformance.validator.judge import Finding, Judge, hl7_validator, why_not

from mappings import Resource, load_clinic, map_session, parse_session
from service import generator
from tools.goldens import bundle_of

SEED = 4
VERSIONS = ("6.1.0", "7.0.0", "8.0.0")


# Elements whose text says what something is; all other text is free
TELLING = {
    "code", "system", "unit", "url", "status", "use", "resourceType", "profile", "intent", "mode", "kind", "type",
    "contentType", "actuality", "questionnaire", "linkId", "gender", "confidentiality", "durationUnit", "language",
}  # fmt: skip


class Sample:
    """The resources of so many generated sessions, each kind of them once. The same for every run."""

    def __init__(self, count: int) -> None:
        self.count, self.made, self.judged = count, 0, 0
        self._seen: set[Any] = set()

    def bundles(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of a Bundle per session that brings something new."""
        clinic = load_clinic()
        odd = max(self.count // 10, 1)
        plausible = islice(generator.sessions(Random(SEED), "V", clinic.tables), self.count - odd)
        wild = islice(generator.wild_sessions(Random(SEED), "VW", clinic.tables), odd)
        for document in (*plausible, *wild):
            session = parse_session(document)
            resources = map_session(session, clinic)
            new = [resource for resource in resources if self._is_new(resource)]
            self.made += len(resources)
            self.judged += len(new)
            if new:
                yield session.number, bundle_of(new)

    def _is_new(self, resource: Resource) -> bool:
        kind = kind_of(resource, "")
        if kind in self._seen:
            return False
        self._seen.add(kind)
        return True


def kind_of(value: Any, name: str) -> Any:
    """What a resource says without its numbers, times, ids and free words."""
    if isinstance(value, dict):
        return tuple((key, kind_of(child, key)) for key, child in value.items())
    if isinstance(value, list):
        return tuple(kind_of(child, name) for child in value)
    if name == "reference":
        return value.partition("/")[0]
    return value if isinstance(value, bool) or name in TELLING else type(value)


def errors(judge: Judge, sample: Sample) -> list[tuple[str, Finding]]:
    return [(name, finding) for name, content in sample.bundles() for finding in judge.errors(content)]


def main() -> int:
    reason = why_not()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    wrong = 0
    for version in sys.argv[2:] or VERSIONS:
        with hl7_validator(version) as judge:
            sample = Sample(count)
            found = errors(judge, sample)
        judged = f"{sample.made} resources, {sample.judged} of them unlike the others"
        print(f"US Core {version}: {count} generated sessions, {judged}: {len(found)} errors", flush=True)
        first = {finding.message: (name, finding) for name, finding in reversed(found)}
        for message, times in Counter(finding.message for _, finding in found).most_common(20):
            name, finding = first[message]
            print(f"{times:6} × {message}\n         first in {name} at {finding.location}")
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
