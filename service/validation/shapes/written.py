"""A plan written out as one function, as dataclasses and pydantic write theirs: no loops, hardly a call.

Its source holds nothing but names: v0, v1, … are parts of the resource, c0, c1, … what they are compared with (names of
elements, types, tests). So nothing of a resource is ever read as source. It looks like this:

    def passes(v0):
        try:
            v1, v2, = v0.values()
            if type(v2) is not dict or len(v2) != 1: return False
            v3 = v2[c2]
            if type(v1) is not c1: return False
            if type(v3) is not str or v3 not in c3 and not c4(v3): return False
            return (v1,) in combinations
        except KeyError:
            return False
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from service.validation.attachments import is_of
from service.validation.narrative import PARAGRAPHS
from service.validation.primitives import ID, LONGEST_STRING, is_unicode
from service.validation.shapes.outline import are_references
from service.validation.shapes.plan import Plan, is_clearly_after
from service.validation.shapes.roles import PLAIN, Alone, Together

Passes = Callable[[dict[str, Any]], bool]
# What makes a leaf wrong, for the types that are met most; {0} is the leaf, {1} its test
TEXT = "type({0}) is not str or not 0 < len({0}) <= longest or not ({0}.isascii() or is_unicode({0}))"
WRONG = {
    "string": TEXT,
    "markdown": TEXT,
    "decimal": "not ({0}.is_finite() if type({0}) is Decimal else type({0}) is int)",
    "id": "type({0}) is not str or not is_id({0})",
    "xhtml": "type({0}) is not str or not (len({0}) <= longest and are_paragraphs({0})) and not {1}({0})",
}
NAMES = {
    "Decimal": Decimal,
    "is_id": ID.fullmatch,
    "is_of": is_of,
    "is_clearly_after": is_clearly_after,
    "are_paragraphs": PARAGRAPHS.fullmatch,
    "is_unicode": is_unicode,
    "longest": LONGEST_STRING,
}


def written(resource: dict[str, Any], plan: Plan) -> Passes:
    """What ``plan`` says of resources with the names of this one in this order, whose shape it is the plan of.

    Whoever asks it has compared the names of the resource itself; those of what is inside it compares.
    """
    return _Writer(plan).function(resource)


class _Writer:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._names: dict[str, Any] = {**NAMES, "combinations": plan.combinations}
        self._constants: dict[int, str] = {}
        self._variables = 0
        self._leaves: list[str] = []
        self._form: list[str] = []  # lines that look at objects and lists
        self._tests: list[str] = []  # lines that look at leaves
        self._together: list[str] = []

    def function(self, resource: dict[str, Any]) -> Passes:
        variable = self._variable()
        parts = [self._variable() for _ in resource]
        self._form.append(f"{', '.join(parts)}, = {variable}.values()")
        for part, value in zip(parts, resource.values(), strict=True):
            self._value(part, value)
        self._agreement()
        exec(compile(self._source(), "<plan>", "exec"), self._names)  # noqa: S102
        passes: Passes = self._names["passes"]
        return passes

    def _source(self) -> str:
        verdict = f"return ({''.join(f'{told}, ' for told in self._together)}) in combinations"
        body = "".join(f"\n        {line}" for line in [*self._form, *self._tests, verdict])
        return f"def passes(v0):\n    try:{body}\n    except KeyError:\n        return False\n"

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables - 1}"

    def _constant(self, value: Any) -> str:
        """The name of a value, which is held by that name: its identity is its own."""
        name = self._constants.setdefault(id(value), f"c{len(self._constants)}")
        self._names[name] = value
        return name

    def _value(self, variable: str, value: Any) -> None:
        if type(value) is dict:
            self._object(variable, value)
        elif type(value) is list and not are_references(value):
            self._list(variable, value)
        else:
            self._leaf(variable, value, self._plan.roles[len(self._leaves)])
            self._leaves.append(variable)

    def _object(self, variable: str, value: dict[str, Any]) -> None:
        """As many names, each of them there: these and no others, in whatever order."""
        self._form.append(f"if type({variable}) is not dict or len({variable}) != {len(value)}: return False")
        for name, child in value.items():
            part = self._variable()
            self._form.append(f"{part} = {variable}[{self._constant(name)}]")
            self._value(part, child)

    def _list(self, variable: str, value: list[Any]) -> None:
        self._form.append(f"if type({variable}) is not list or len({variable}) != {len(value)}: return False")
        parts = [self._variable() for _ in value]
        if parts:
            self._form.append(f"{', '.join(parts)}, = {variable}")
        for part, child in zip(parts, value, strict=True):
            self._value(part, child)

    def _leaf(self, variable: str, value: Any, role: Alone | Together) -> None:
        if isinstance(role, Alone):
            self._tests.append(f"if {self._wrong(variable, value, role)}: return False")
        else:
            self._form.append(f"if type({variable}) is not {self._constant(type(value))}: return False")
            self._together.append(self._told(variable, value, role))

    def _wrong(self, variable: str, value: Any, role: Alone) -> str:
        test = self._constant(role.test)
        if role.type in WRONG:
            return WRONG[role.type].format(variable, test)
        if role.known is not None:
            known = self._constant(role.known)
            return f"type({variable}) is not str or {variable} not in {known} and not {test}({variable})"
        return f"type({variable}) is not {self._constant(type(value))} or not {test}({variable})"

    def _told(self, variable: str, value: Any, role: Together) -> str:
        if role is PLAIN and type(value) is not Decimal:
            return variable
        told = f"{self._constant(role.told)}({variable})"
        return told if role.known is None else f"{self._constant(role.known)}.get({variable}) or {told}"

    def _agreement(self) -> None:
        """The ends of periods, and attachments."""
        at = [*self._leaves, "None"]  # -1: what is not there
        for i, j in self._plan.periods:
            self._tests.append(f"if not is_clearly_after({at[i]}, {at[j]}): return False")
        for data, size, digest in self._plan.attachments:
            self._tests.append(f"if not is_of({at[data]}, {at[size]}, {at[digest]}): return False")
