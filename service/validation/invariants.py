"""R4's invariants of the types we use, as small functions in one table. Each text begins with the invariant's key.

``per-1`` and the other data-type invariants apply wherever the data type stands; the rest to one resource type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from service.errors import Issue

Check = Callable[[dict[str, Any]], bool]


def invariant_issues(resource: dict[str, Any]) -> list[Issue]:
    """Every broken invariant with the place of the element that breaks it."""
    kind = str(resource.get("resourceType"))
    return list(_walk(resource, kind, kind))


def _of_resource(resource: dict[str, Any], place: str) -> Iterator[Issue]:
    """Those of its type and those of every type: also of a contained resource and of a Bundle's entry."""
    for text, holds in (*OF_RESOURCE.get(str(resource["resourceType"]), ()), *EVERY):
        if not holds(resource):
            yield Issue("error", "invariant", text, (place,))


def _walk(value: Any, place: str, name: str) -> Iterator[Issue]:
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from _walk(item, f"{place}[{i}]", name)
    elif isinstance(value, dict):
        if "resourceType" in value:
            yield from _of_resource(value, place)
        for text, applies, holds in OF_DATATYPE:
            if applies(name, value) and not holds(value):
                yield Issue("error", "invariant", text, (place,))
        for key, child in value.items():
            if isinstance(child, dict | list):
                yield from _walk(child, f"{place}.{key}", key)


# data types


def _is_period(name: str, value: dict[str, Any]) -> bool:
    return (
        "start" in value
        and "end" in value
        and (name.lower().endswith("period") or set(value) <= {"id", "start", "end"})
    )


def _starts_before_end(value: dict[str, Any]) -> bool:
    """Compared at the coarser of the two precisions, as FHIR does: an unclear order is no fault."""
    start, end = value["start"], value["end"]
    if not isinstance(start, str) or not isinstance(end, str):
        return True
    if "T" in start and "T" in end:
        try:
            return _moment(start) <= _moment(end)
        except ValueError:
            return True
    size = min(len(start.partition("T")[0]), len(end.partition("T")[0]))
    return start[:size] <= end[:size]


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_quantity(_name: str, value: dict[str, Any]) -> bool:
    return "code" in value and ("value" in value or "unit" in value) and "display" not in value and "use" not in value


def _is_extension(name: str, _value: dict[str, Any]) -> bool:
    return name in ("extension", "modifierExtension")


def _value_or_extensions(value: dict[str, Any]) -> bool:
    has_value = any(key.lstrip("_").startswith("value") for key in value)
    return has_value != bool(value.get("extension"))


def _is_range(_name: str, value: dict[str, Any]) -> bool:
    return isinstance(value.get("low"), dict) and isinstance(value.get("high"), dict)


def _low_below_high(value: dict[str, Any]) -> bool:
    low, high = value["low"].get("value"), value["high"].get("value")
    return not (isinstance(low, int | Decimal) and isinstance(high, int | Decimal)) or low <= high


def _is_ratio(_name: str, value: dict[str, Any]) -> bool:
    return bool(value) and set(value) <= {"numerator", "denominator", "extension", "id"} and "url" not in value


def _both_or_extension(value: dict[str, Any]) -> bool:
    both = ("numerator" in value) == ("denominator" in value)
    return both and ("numerator" in value or bool(value.get("extension")))


def _is_telecom(name: str, _value: dict[str, Any]) -> bool:
    return name == "telecom"


def _is_repeat(name: str, _value: dict[str, Any]) -> bool:
    return name == "repeat"


def _units_given(value: dict[str, Any]) -> bool:
    return ("duration" not in value or "durationUnit" in value) and ("period" not in value or "periodUnit" in value)


def _not_negative(value: dict[str, Any]) -> bool:
    numbers = (value.get("duration"), value.get("period"))
    return all(not isinstance(number, int | Decimal) or number >= 0 for number in numbers)


OF_DATATYPE: tuple[tuple[str, Callable[[str, dict[str, Any]], bool], Check], ...] = (
    ("per-1: the start is not after the end", _is_period, _starts_before_end),
    ("qty-3: a code needs its system", _is_quantity, lambda v: "code" not in v or "system" in v),
    ("ext-1: an extension has a value or extensions, not both", _is_extension, _value_or_extensions),
    ("rng-2: low is not above high", _is_range, _low_below_high),
    ("rat-1: numerator and denominator stand together", _is_ratio, _both_or_extension),
    ("cpt-2: a value needs its system", _is_telecom, lambda v: "value" not in v or "system" in v),
    ("tim-1/tim-2: a duration or period needs its unit", _is_repeat, _units_given),
    ("tim-4/tim-5: a duration or period is not negative", _is_repeat, _not_negative),
)

# resources


def _codes(concept: Any) -> set[Any]:
    return (
        {c.get("code") for c in concept.get("coding", []) if isinstance(c, dict)}
        if isinstance(concept, dict)
        else set()
    )


def _is_error(resource: dict[str, Any]) -> bool:
    return "entered-in-error" in _codes(resource.get("verificationStatus"))


def _abated_is_not_active(resource: dict[str, Any]) -> bool:
    abated = any(key.startswith("abatement") for key in resource)
    return not abated or bool(_codes(resource.get("clinicalStatus")) & {"resolved", "remission", "inactive"})


def _has_value(resource: dict[str, Any]) -> bool:
    return any(key.startswith("value") for key in resource)


def _component_codes_differ(resource: dict[str, Any]) -> bool:
    """obs-7: no value beside a component that has the code of the observation itself."""
    own = _pairs(resource.get("code"))
    same = any(own & _pairs(c.get("code")) for c in _objects(resource, "component"))
    return not (_has_value(resource) and same)


def _pairs(concept: Any) -> set[tuple[Any, Any]]:
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return {(c.get("system"), c.get("code")) for c in codings if isinstance(c, dict)}


def _objects(resource: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = resource.get(name, [])
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _dose_or_rate(resource: dict[str, Any]) -> bool:
    dosage = resource.get("dosage")
    return not isinstance(dosage, dict) or "dose" in dosage or any(key.startswith("rate") for key in dosage)


def _contacts_complete(resource: dict[str, Any]) -> bool:
    wanted = {"name", "telecom", "address", "organization"}
    return all(wanted & set(contact) for contact in _objects(resource, "contact"))


def _named(resource: dict[str, Any]) -> bool:
    return "identifier" in resource or "name" in resource


def _no_home(resource: dict[str, Any]) -> bool:
    return not any(part.get("use") == "home" for n in ("telecom", "address") for part in _objects(resource, n))


OF_RESOURCE: dict[str, tuple[tuple[str, Check], ...]] = {
    "Condition": (
        ("con-4: what has abated is not active", _abated_is_not_active),
        ("con-5: an error has no clinical status", lambda r: not (_is_error(r) and "clinicalStatus" in r)),
    ),
    "Observation": (
        (
            "obs-6: a reason for no value stands only where there is none",
            lambda r: not ("dataAbsentReason" in r and _has_value(r)),
        ),
        ("obs-7: a component must not repeat the code of a value", _component_codes_differ),
    ),
    "MedicationAdministration": (("mad-1: a dosage needs a dose or a rate", _dose_or_rate),),
    "Patient": (("pat-1: a contact needs a name, telecom, address or organisation", _contacts_complete),),
    "Organization": (
        ("org-1: an identifier or a name is needed", _named),
        ("org-2/org-3: an organisation has no home", _no_home),
    ),
}


def _contained(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return _objects(resource, "contained")


EVERY: tuple[tuple[str, Check], ...] = (
    ("dom-2: nothing is contained in what is contained", lambda r: not any("contained" in c for c in _contained(r))),
    (
        "dom-4: what is contained has no version",
        lambda r: not any({"versionId", "lastUpdated"} & set(c.get("meta", {})) for c in _contained(r)),
    ),
    (
        "dom-5: what is contained has no security label",
        lambda r: not any("security" in c.get("meta", {}) for c in _contained(r)),
    ),
)
