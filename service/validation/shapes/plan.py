"""How the leaves of one shape are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.validation.attachments import is_of
from service.validation.shapes.recent import Recent
from service.validation.shapes.roles import Alone, Together

Combination = tuple[Any, ...]
MOST_COMBINATIONS = 500


def _combinations() -> Recent[Combination, bool]:
    return Recent(MOST_COMBINATIONS)


@dataclass(slots=True)
class Plan:
    """``roles``: of each leaf in the order of ``outline``; ``periods``: positions of the start and the end of each;
    ``attachments``: positions of data, size and hash, -1 for what is not there; ``combinations``: of the leaves that
    are right only in company, those judged valid in full.
    """

    roles: list[Alone | Together] = field(default_factory=list)
    periods: list[tuple[int, int]] = field(default_factory=list)
    attachments: list[tuple[int, int, int]] = field(default_factory=list)
    combinations: Recent[Combination, bool] = field(default_factory=_combinations)
    met: int = 0

    def combination(self, leaves: list[Any]) -> Combination | None:
        """The leaves that are right only in company, where all others are right; else None."""
        found = []
        for role, leaf in zip(self.roles, leaves, strict=True):
            if isinstance(role, Together):
                found.append(role.told(leaf))
            elif not role.test(leaf):
                return None
        return tuple(found) if self._agree(leaves) else None

    def _agree(self, leaves: list[Any]) -> bool:
        return all(is_clearly_after(leaves[i], leaves[j]) for i, j in self.periods) and all(
            is_of(leaves[data], *(leaves[i] if i >= 0 else None for i in said)) for data, *said in self.attachments
        )

    def passes(self, leaves: list[Any]) -> bool:
        return self.combination(leaves) in self.combinations

    def remember(self, leaves: list[Any]) -> None:
        """A combination beside a leaf that only the whole resource makes right, as a link inside it, is not."""
        found = self.combination(leaves)
        if found is not None:
            self.combinations.remember(found, True)


def is_clearly_after(start: Any, end: Any) -> bool:
    """Same form and offset: then text order is time order. What is not clear goes to the full judgement."""
    same_form = isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and start[19:] == end[19:]
    return same_form and start <= end
