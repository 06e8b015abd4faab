"""What needs a look at the whole resource: what it contains, that ids are unique, that references and links inside
lead somewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from service.errors import Issue
from service.validation.facts import fact_of
from service.validation.invariants.rule import Element
from service.validation.invariants.rule import objects as members
from service.validation.narrative import inner_links, inner_marks
from service.validation.primitives import is_absolute
from service.validation.walk import Found

LINKING = frozenset({"uri", "url", "canonical"})


def whole_issues(resource: Element, every: Sequence[Found]) -> list[Issue]:
    kind = str(resource.get("resourceType"))
    contained = members(resource, "contained")
    return [
        *_of_contained(contained, kind),
        *_not_referred_to(contained, every, kind),
        *_ids_twice(every),
        *_extensions_without_address(every),
        *_leading_nowhere(every, {str(one.get("id")) for one in contained}),
    ]


def _broken(text: str, place: str) -> Issue:
    return Issue("error", "invariant", text, (place,))


def _of_contained(contained: list[Element], kind: str) -> Iterator[Issue]:
    for i, one in enumerate(contained):
        place, meta = f"{kind}.contained[{i}]", one.get("meta", {})
        if "id" not in one:
            yield _broken("dom-3: what is contained needs an id", place)
        if "contained" in one:
            yield _broken("dom-2: nothing is contained in what is contained", place)
        if "versionId" in meta or "lastUpdated" in meta:
            yield _broken("dom-4: what is contained has no version", place)
        if "security" in meta:
            yield _broken("dom-5: what is contained has no security label", place)


def _not_referred_to(contained: list[Element], every: Sequence[Found], kind: str) -> Iterator[Issue]:
    links = set(_links(every)) if contained else set()
    for i, one in enumerate(contained):
        inside = [found for found in every if found.place.startswith(f"{kind}.contained[{i}]")]
        if f"#{one.get('id')}" not in links and "#" not in set(_links(inside)):
            yield _broken(
                "dom-3: what is contained is referred to, or refers to what contains it", f"{kind}.contained[{i}]"
            )


def _links(every: Iterable[Found]) -> Iterator[str]:
    """Everything that starts with # and may lead to something contained."""
    for found in every:
        for name, value in found.value.items():
            if found.type == "Narrative" and name == "div":
                yield from (f"#{link}" for link in inner_links(value))
            elif _may_link(found.type, name):
                yield from (link for link in _texts(value) if link.startswith("#"))


def _may_link(path: str, name: str) -> bool:
    fact = fact_of(path, name)
    return name == "reference" or (fact is not None and fact.type in LINKING)


def _texts(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]


def _ids_twice(every: Sequence[Found]) -> Iterator[Issue]:
    """The id of the resource itself is of another world."""
    ids = Counter(found.value["id"] for found in every[1:] if "id" in found.value)
    for found in every[1:]:
        if ids[found.value.get("id")] > 1:
            yield _broken("an id stands once in a resource", found.place)


def _extensions_without_address(every: Sequence[Found]) -> Iterator[Issue]:
    """Parts of an extension are named within it; the extension itself by an absolute URI."""
    for found in every:
        if found.type != "Extension":
            for name in ("extension", "modifierExtension"):
                for i, one in enumerate(members(found.value, name)):
                    if not is_absolute(one["url"]):
                        yield _broken("the url of an extension is an absolute URI", f"{found.place}.{name}[{i}]")


def _leading_nowhere(every: Sequence[Found], contained: set[str]) -> Iterator[Issue]:
    ids = contained | {found.value["id"] for found in every if "id" in found.value}
    for found in every:
        if found.type == "Reference" and not _is_there(found, contained):
            yield _broken("ref-1: a local reference needs something contained", found.place)
        if found.type == "Narrative" and _dead_links(found.value.get("div", ""), ids):
            yield _broken("txt-1: a link inside the narrative leads somewhere", f"{found.place}.div")


def _is_there(reference: Found, contained: set[str]) -> bool:
    text = reference.value.get("reference", "")
    return not text.startswith("#") or text[1:] in contained or (text == "#" and ".contained[" in reference.place)


def _dead_links(div: str, ids: set[str]) -> set[str]:
    links = set(inner_links(div)) - ids
    return links and links - set(inner_marks(div))
