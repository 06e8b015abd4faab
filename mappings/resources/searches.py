"""Search parameters that several types share, in FHIR's names."""

from __future__ import annotations

from mappings.resource import SearchParam

IDENTIFIER = SearchParam("identifier", "token", ("identifier",))
STATUS = SearchParam("status", "token", ("status",))
CODE = SearchParam("code", "token", ("code",))
CATEGORY = SearchParam("category", "token", ("category",))


def patient(path: str = "subject") -> tuple[SearchParam, ...]:
    """``patient`` and ``subject``, which here always mean the same."""
    both = tuple(SearchParam(name, "reference", (path,), target=("Patient",)) for name in ("patient", "subject"))
    return both if path == "subject" else both[:1]


def encounter(path: str = "encounter") -> SearchParam:
    return SearchParam("encounter", "reference", (path,), target=("Encounter",))
