"""What each leaf of a shape is to the verdict: right or wrong by itself, or only in company."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from service.validation.facts import Fact
from service.validation.narrative import has_inner_links
from service.validation.primitives import CHECKS
from service.validation.references import PLAIN_ID, plain_references, reference_fault, types_of
from service.validation.rules import leaf_fault
from service.validation.shapes.outline import OBJECTS
from service.validation.shapes.recent import Recent

Test = Callable[[Any], bool]
MOST_VALUES = 5_000  # remembered per test; then it begins anew
# Types whose values are right or wrong by themselves. Every other leaf passes only in a combination judged before.
ALONE = frozenset(
    {
        "base64Binary",
        "string",
        "markdown",
        "xhtml",
        "date",
        "dateTime",
        "instant",
        "decimal",
        "integer",
        "positiveInt",
        "unsignedInt",
        "id",
    }
)
# Texts that come again within a session. Texts only: among numbers, 1 is True and 1.0
COMING_AGAIN = frozenset({"date", "dateTime", "instant"})
# Elements that an invariant looks at together with others, whatever their type
TOGETHER = frozenset({"duration", "period", "versionId", "lastUpdated", "url"})


class Alone(NamedTuple):
    """A leaf that is right or wrong by itself. ``known``: texts lately found right, where they come again."""

    type: str
    test: Test
    known: set[str] | None = None


class Together(NamedTuple):
    """A leaf that is right only in company: how a combination tells it.

    ``known``: for an element that nobody can change, how those lately seen are told.
    """

    told: Callable[[Any], Any]
    known: Recent[Any, object] | None = None


def plainly(value: Any) -> Any:
    """A number as it is written: 1.0 equals 1, yet it is no count."""
    return str(value) if type(value) is Decimal else value


PLAIN = Together(plainly)
WHOLLY = Together(repr)


def is_alone(name: str, fact: Fact | None) -> bool:
    """The ids of elements, which are strings, are not: they stand once in a resource."""
    return fact is not None and fact.type in ALONE and name not in TOGETHER and (name, fact.type) != ("id", "string")


def alone(fact: Fact, reference: Fact | None) -> Alone:
    """What can be said of a leaf by itself: what leads to something inside the resource cannot.

    ``reference``: of the Reference that the leaf is the text of.
    """
    if reference is not None:
        return _coming_again("reference", _leads_elsewhere(reference))
    if fact.type == "xhtml":
        return Alone("xhtml", lambda value: leaf_fault(value, fact) is None and not has_inner_links(value))
    check = CHECKS[fact.type]
    return _coming_again(fact.type, check) if fact.type in COMING_AGAIN else Alone(fact.type, check)


def references(reference: Fact) -> Alone:
    """Two or more references that hold nothing else. There are hundreds, and few come again: they are read at once."""
    plain, test = plain_references(types_of(reference.targets)), _leads_elsewhere(reference)

    def all_right(values: list[dict[str, Any]]) -> bool:
        texts: list[Any] = [value.get("reference") for value in values if type(value) in OBJECTS and len(value) == 1]
        if len(texts) != len(values) or len(texts) < 2:
            return False
        try:
            lines = "\n".join([*texts, ""])
        except TypeError:  # one is no text
            return False
        # As many lines as texts: none of these holds two
        plainly = plain.fullmatch(lines) is not None and lines.count("\n") == len(texts)
        return plainly or all(map(test, texts))

    return Alone("references", all_right)


def _coming_again(type_: str, right: Test) -> Alone:
    known: set[str] = set()

    def test(value: Any) -> bool:
        if type(value) is not str or not right(value):
            return False
        if len(known) >= MOST_VALUES:
            known.clear()
        known.add(value)
        return True

    return Alone(type_, test, known)


def _leads_elsewhere(reference: Fact) -> Test:
    types, is_id = types_of(reference.targets), PLAIN_ID.fullmatch

    def test(text: str) -> bool:
        kind, _, rest = text.partition("/")
        if kind in types and is_id(rest) is not None:
            return True
        return not text.startswith("#") and reference_fault({"reference": text}, reference) is None

    return test
