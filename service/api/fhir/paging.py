"""How a search goes on. A link shows a random id; what it stands for stays in the database, so that nothing of a
patient is in the link, nobody can change it, and every process can follow it, also after a restart."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.errors import Gone
from service.store import Store

PAGE = "_page"
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Page:
    """A search of one type, from the key ``after`` up to the key that was the last when it began."""

    type: str
    used: Sequence[tuple[str, str]]
    count: int
    after: int = 0
    upto: int | None = None

    def text(self) -> str:
        return json.dumps([self.type, list(self.used), self.count, self.after, self.upto])


def load_page(store: Store, resource_type: str, id_: str) -> Page:
    """Raises Gone for a link that was never made, is too old, or belongs to another type."""
    if not ID.fullmatch(id_):
        raise _gone()
    type_, used, count, after, upto = json.loads(store.page(id_))
    if type_ != resource_type:
        raise _gone()
    return Page(type_, [(name, value) for name, value in used], count, after, upto)


def _gone() -> Gone:
    return Gone("this page is no longer there: search again")
