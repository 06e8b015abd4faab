"""What is wrong with a document, in FHIR's words: from pydantic's errors to issues that hold no value."""

from __future__ import annotations

from pydantic_core import ErrorDetails

from mappings.issue import Issue

# pydantic's error types → FHIR IssueType; what is not listed is a wrong value
ISSUE_CODES = {
    "missing": "required",
    "required": "required",
    "extra_forbidden": "structure",
    "model_type": "structure",
    "model_attributes_type": "structure",
    "tuple_type": "structure",
    "string_type": "structure",
    "bool_type": "structure",
    "union_tag_not_found": "required",
    "union_tag_invalid": "code-invalid",
    "literal_error": "code-invalid",
    "unit": "code-invalid",
}
# Texts of ours where pydantic's would show the value that was given
TEXTS = {
    "union_tag_invalid": "an event of an unknown type",
    "union_tag_not_found": "an event needs its type",
    "extra_forbidden": "this field is not known",
}


def issues_of(detail: ErrorDetails) -> list[Issue]:
    place = place_of(detail["loc"])
    if detail["type"] == "session":
        return [Issue("error", code, text, (where,)) for code, text, where in detail["ctx"]["faults"]]
    code = ISSUE_CODES.get(detail["type"], "value")
    return [Issue("error", code, TEXTS.get(detail["type"], detail["msg"]), (place,))]


def place_of(location: tuple[int | str, ...]) -> str:
    """``("events", 3, "vital-signs", "systolic")`` → ``events[3].systolic`` (pydantic adds the event type)."""
    parts = (*location[:2], *location[3:]) if location[:1] == ("events",) else location
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return place.lstrip(".") or "$"
