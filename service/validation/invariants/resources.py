"""The invariants of resources and their parts, by path."""

from __future__ import annotations

from service.validation.invariants.rule import Element, Rule, codings, has, has_form, objects

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ABATED = frozenset({"resolved", "remission", "inactive"})


def _is(concept: object, system: str, wanted: frozenset[str]) -> bool:
    return any(coding.get("system") == system and coding.get("code") in wanted for coding in codings(concept))


def _abated_is_not_active(condition: Element) -> bool:
    return not has_form(condition, "abatement") or _is(condition.get("clinicalStatus"), CLINICAL, ABATED)


def _error_has_no_status(condition: Element) -> bool:
    is_error = _is(condition.get("verificationStatus"), VERIFICATION, frozenset({"entered-in-error"}))
    return not (is_error and "clinicalStatus" in condition)


def _component_codes_differ(observation: Element) -> bool:
    """A component with the very coding of the observation would be the value a second time."""
    own = codings(observation.get("code"))
    parts = [coding for part in objects(observation, "component") for coding in codings(part.get("code"))]
    return not has_form(observation, "value") or not any(coding in own for coding in parts)


def _no_home(name: str) -> Rule:
    key = "org-3" if name == "telecom" else "org-2"
    return Rule(
        f"{key}: an organisation has no home", lambda v: all(part.get("use") != "home" for part in objects(v, name))
    )


def _any_of(key: str, *names: str) -> Rule:
    text = f"{key}: {', '.join(names[:-1])} or {names[-1]} is needed"
    return Rule(text, lambda value: any(has(value, name) for name in names))


def _not_both(key: str, name: str, other: str) -> Rule:
    return Rule(f"{key}: no {other} beside {name}", lambda value: not (has(value, name) and has(value, other)))


OF_RESOURCE: dict[str, tuple[Rule, ...]] = {
    "CarePlan.activity": (_not_both("cpl-3", "reference", "detail"),),
    "Composition.section": (_any_of("cmp-1", "text", "entry", "section"), _not_both("cmp-2", "entry", "emptyReason")),
    "Condition": (
        Rule("con-4: what has abated is not active", _abated_is_not_active),
        Rule("con-5: an error has no clinical status", _error_has_no_status),
    ),
    "Condition.evidence": (_any_of("con-2", "code", "detail"),),
    "Condition.stage": (_any_of("con-1", "summary", "assessment"),),
    "MedicationAdministration.dosage": (
        Rule("mad-1: a dosage needs a dose or a rate", lambda v: "dose" in v or has_form(v, "rate")),
    ),
    "Observation": (
        Rule(
            "obs-6: a reason for no value stands only where there is none",
            lambda v: not ("dataAbsentReason" in v and has_form(v, "value")),
        ),
        Rule("obs-7: a component must not repeat the code of a value", _component_codes_differ),
    ),
    "Observation.referenceRange": (_any_of("obs-3", "low", "high", "text"),),
    "Organization": (_any_of("org-1", "identifier", "name"), _no_home("telecom"), _no_home("address")),
    "Patient.contact": (_any_of("pat-1", "name", "telecom", "address", "organization"),),
    "QuestionnaireResponse.item": (_not_both("qrs-1", "answer", "item"),),
    "ServiceRequest": (Rule("prr-1: details need a code", lambda v: "orderDetail" not in v or "code" in v),),
}
