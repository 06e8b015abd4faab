"""What a destination has of a patient, for types that it does not search by our identifier: read page by page, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Outcome, Refused
from service.sync.planner import Item

MOST_PAGES = 200
# R4 gives these no parameter "patient"
BY_SUBJECT = ("AdverseEvent",)


class Listing:
    """``identifiers_of`` and ``entries_of`` read what came: the same readers as for every other search."""

    def __init__(
        self,
        ehr: Ehr,
        patients: Sequence[str],
        identifiers_of: Callable[[dict[str, Any]], list[tuple[Any, Any]]],
        entries_of: Callable[[Any], list[dict[str, Any]]],
    ) -> None:
        self._ehr, self._patients = ehr, patients
        self._identifiers_of, self._entries_of = identifiers_of, entries_of
        self._known: dict[str, list[dict[str, Any]] | Outcome] = {}

    def resources(self, item: Item) -> list[dict[str, Any]] | Outcome:
        """What has the item's own identifier."""
        if item.resource_type not in self._known:
            self._known[item.resource_type] = self._all(item.resource_type)
        found = self._known[item.resource_type]
        if not isinstance(found, list):
            return found
        return [r for r in found if item.own_identifier in self._identifiers_of(r)]

    def _all(self, resource_type: str) -> list[dict[str, Any]] | Outcome:
        found: list[dict[str, Any]] = []
        for patient in self._patients:
            pages = self._pages(resource_type, patient)
            if not isinstance(pages, list):
                return pages
            found += pages
        return found

    def _pages(self, resource_type: str, patient: str) -> list[dict[str, Any]] | Outcome:
        found: list[dict[str, Any]] = []
        answer = self._ehr.find(resource_type, **{"subject" if resource_type in BY_SUBJECT else "patient": patient})
        for _ in range(MOST_PAGES):
            if not isinstance(answer, Accepted):
                return answer
            resources = [entry.get("resource") for entry in self._entries_of(answer.body)]
            found += [
                r
                for r in resources
                if isinstance(r, dict) and r.get("resourceType") == resource_type and isinstance(r.get("id"), str)
            ]
            following = _next(answer.body)
            if following is None:
                return found
            answer = self._ehr.follow(following)
        return Refused(0, "too-costly")


def _next(bundle: Any) -> str | None:
    links = bundle.get("link") if isinstance(bundle, dict) else None
    found = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    return next((str(link.get("url")) for link in found if link.get("relation") == "next"), None)
