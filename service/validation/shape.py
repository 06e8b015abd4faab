"""The judge of shape: fhir.resources, R4B models (it has no R4; the types used here do not differ).

It says which elements are unknown, missing, or of the wrong kind. Its messages may hold values, so they are not shown:
each error type has a text of ours.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

from fhir_core import constraints
from pydantic import BaseModel, ValidationError

from service.errors import Issue
from service.validation.facts import resource_types

constraints.TYPES_ID_MAX_LENGTH = 64  # must be set before any model is made

# pydantic error type → FHIR IssueType and our text
FAULTS = {
    "missing": ("required", "this element is required"),
    "model_field_validation.missing": ("required", "this element is required"),
    "extra_forbidden": ("structure", "R4 has no such element here"),
    "list_type": ("structure", "this element repeats: a list is needed"),
    "model_type": ("structure", "an object is needed"),
    "dict_type": ("structure", "an object is needed"),
    "string_type": ("structure", "a text is needed"),
}
OTHER = ("invalid", "not valid for this element")
# What fhir.resources has wrong: in R4 an Extension may hold a Meta, any value may have extensions, and a uuid is a URI.
# Our own rules judge these.
NOT_ITS_OWN = re.compile(r"\.(valueMeta|valueUuid|_value[A-Z][A-Za-z0-9]*)\b")


def shape_issues(resource: dict[str, Any]) -> list[Issue]:
    """What fhir.resources finds wrong, one issue per fault."""
    kind = resource.get("resourceType")
    model = model_of(kind) if isinstance(kind, str) else None
    if model is None:
        return [Issue("error", "structure", "a resourceType that this service knows is needed", ("resourceType",))]
    try:
        model.model_validate(resource)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        issues = [_issue(str(kind), detail["type"], detail["loc"]) for detail in found]
        return [issue for issue in issues if not NOT_ITS_OWN.search(issue.expression[0])]
    except (RecursionError, KeyError, TypeError, AttributeError, LookupError):
        # fhir.resources' own limits: deep nesting, an unknown contained type, values of kinds it does not expect
        return [Issue("error", "structure", "the resource cannot be read", (str(kind),))]
    return []


@cache
def model_of(kind: str) -> type[BaseModel] | None:
    """The model of a resource type, or None where there is none."""
    if kind not in resource_types():
        return None
    try:
        module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ModuleNotFoundError:
        return None
    found = getattr(module, kind, None)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _issue(kind: str, error_type: str, location: tuple[int | str, ...]) -> Issue:
    code, text = FAULTS.get(error_type, OTHER)
    place = kind + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return Issue("error", code, text, (place,))
