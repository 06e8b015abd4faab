"""The invariants of data types, by the type's name or the path of its part."""

from __future__ import annotations

from service.validation.attachments import says_what_it_holds
from service.validation.invariants.rule import Element, Rule, has, has_form
from service.validation.invariants.times import is_in_order
from service.validation.invariants.units import ratio
from service.validation.primitives import is_absolute

UCUM = "http://unitsofmeasure.org"
OFFSET_FROM = frozenset({"C", "CM", "CD", "CV"})


def _starts_before_end(period: Element) -> bool:
    start, end = period.get("start"), period.get("end")
    return start is None or end is None or is_in_order(start, end) is True


def _code_has_system(quantity: Element) -> bool:
    return not has(quantity, "code") or has(quantity, "system")


def _ucum_or_none(quantity: Element) -> bool:
    return not has(quantity, "system") or quantity.get("system") == UCUM


def _value_has_code(quantity: Element) -> bool:
    return has(quantity, "code") or not has(quantity, "value")


def _is_age(age: Element) -> bool:
    value = age.get("value")
    return _value_has_code(age) and _ucum_or_none(age) and (value is None or value > 0)


def _is_count(count: Element) -> bool:
    value, code = count.get("value"), count.get("code")
    return _value_has_code(count) and _ucum_or_none(count) and code in (None, "1") and "." not in str(value)


def _is_duration(duration: Element) -> bool:
    return not has(duration, "code") or (duration.get("system") == UCUM and has(duration, "value"))


def _low_below_high(interval: Element) -> bool:
    """Where only a terminology could compare the units, the order is no fault."""
    low, high = interval.get("low"), interval.get("high")
    if low is None or high is None:
        return True
    if "value" not in low or "value" not in high:
        return False
    scale = ratio(low, high)
    return scale is None or bool(low["value"] * scale <= high["value"])


def _both_or_extension(ratio: Element) -> bool:
    both = ("numerator" in ratio) == ("denominator" in ratio)
    return both and ("numerator" in ratio or "extension" in ratio)


def _value_or_extensions(extension: Element) -> bool:
    return has_form(extension, "value") != ("extension" in extension)


def _not_negative(name: str) -> Rule:
    def holds(repeat: Element) -> bool:
        return name not in repeat or bool(repeat[name] >= 0)

    return Rule(f"{'tim-4' if name == 'duration' else 'tim-5'}: a {name} is not negative", holds)


def _needs(key: str, name: str, other: str) -> Rule:
    return Rule(f"{key}: {name} needs {other}", lambda value: not has(value, name) or has(value, other))


def _offset_from_an_event(repeat: Element) -> bool:
    when = repeat.get("when", [])
    return not has(repeat, "offset") or bool(when and not OFFSET_FROM & set(when))


def _one_of(key: str, name: str, other: str) -> Rule:
    return Rule(f"{key}: either {name} or {other} is needed, not both", lambda v: has(v, name) != has(v, other))


def _trigger_has_its_data(trigger: Element) -> bool:
    kind = str(trigger.get("type"))
    if kind == "named-event":
        return has(trigger, "name")
    if kind == "periodic":
        return has_form(trigger, "timing")
    return not kind.startswith("data-") or "data" in trigger


def _absolute(value: Element) -> bool:
    return "system" not in value or is_absolute(value["system"])


def _labels_differ(meta: Element) -> bool:
    """They are a set. A label is told from another by its system and code."""
    labels = [(label.get("system"), label.get("code")) for label in meta.get("security", [])]
    return len(set(labels)) == len(labels)


QTY_3 = Rule("qty-3: a code needs its system", _code_has_system)
ABSOLUTE = Rule("a system is an absolute URI", _absolute)

OF_DATATYPE: dict[str, tuple[Rule, ...]] = {
    "Age": (QTY_3, Rule("age-1: an age is positive, with a UCUM code", _is_age)),
    "Attachment": (
        _needs("att-1", "data", "contentType"),
        Rule("size and hash are those of the data", says_what_it_holds),
    ),
    "Coding": (ABSOLUTE,),
    "ContactPoint": (_needs("cpt-2", "value", "system"),),
    "Count": (QTY_3, Rule("cnt-3: a count is a whole number with code 1", _is_count)),
    "DataRequirement.codeFilter": (_one_of("drq-1", "path", "searchParam"),),
    "DataRequirement.dateFilter": (_one_of("drq-2", "path", "searchParam"),),
    "Distance": (QTY_3, Rule("dis-1: a value needs a UCUM code", lambda v: _value_has_code(v) and _ucum_or_none(v))),
    "Duration": (QTY_3, Rule("drt-1: a code needs UCUM and a value", _is_duration)),
    "Expression": (
        Rule("exp-1: an expression or reference is needed", lambda v: has(v, "expression") or has(v, "reference")),
    ),
    "Extension": (Rule("ext-1: an extension has a value or extensions, not both", _value_or_extensions),),
    "Identifier": (ABSOLUTE,),
    "Meta": (Rule("a security label is told once", _labels_differ),),
    "Period": (Rule("per-1: the start is not after the end", _starts_before_end),),
    "Quantity": (QTY_3, ABSOLUTE),
    "Range": (Rule("rng-2: low is not above high", _low_below_high),),
    "Ratio": (Rule("rat-1: numerator and denominator stand together", _both_or_extension),),
    "Timing.repeat": (
        _needs("tim-1", "duration", "durationUnit"),
        _needs("tim-2", "period", "periodUnit"),
        _not_negative("duration"),
        _not_negative("period"),
        _needs("tim-6", "periodMax", "period"),
        _needs("tim-7", "durationMax", "duration"),
        _needs("tim-8", "countMax", "count"),
        Rule("tim-9: an offset needs a when that is no meal", _offset_from_an_event),
        Rule("tim-10: no time of day beside a when", lambda v: not (has(v, "timeOfDay") and has(v, "when"))),
    ),
    "TriggerDefinition": (
        Rule("trd-1: no timing beside data", lambda v: not ("data" in v and has_form(v, "timing"))),
        Rule("trd-2: a condition needs data", lambda v: "condition" not in v or "data" in v),
        Rule("trd-3: the type needs its name, timing or data", _trigger_has_its_data),
    ),
}
