"""What the words about a reaction tell of what was done for it. They are free text, and prove little."""

from __future__ import annotations

import re

# Ways to write that nobody had to do anything. Whatever else is written counts as an intervention.
HOW = (
    r"(the|patient|pt|was|were|is|kept|under|simple|verbal(ly)?|gentle|gently|close(ly)?|continuous(ly)?|continued?"
    r"|ongoing|further|only|just|to|vital signs|vitals|vs|symptoms?)"
)
MORE = (
    r"(only|alone|closely|verbally|continuously|continued|ongoing|given|provided|offered|(the )?(patient|pt)"
    r"|vital signs|vitals|vs|for \d+ ?min(ute)?s?|until (it )?(resolved|resolution))"
)
ATTENTION = rf"({HOW} )*(observ\w+|monitor\w*|watch(ed|ing|ful)?( waiting)?|reassur\w+)( {MORE})*"
WHAT = r"(action|intervention|treatment|medication|med|therapy|measure|change)s?"
NEEDED = r"((was|were) )?(needed|required|necessary|indicated|given|taken|done|made|applicable)"
NOTHING = (
    rf"none( {NEEDED})?|nil|nothing( {NEEDED})?|n[./]?a|not {NEEDED}"
    rf"|no ((specific|further|other|active|medical|additional|rate|dose) )*{WHAT}( {NEEDED})*"
)
BY_ITSELF = (
    r"(spontaneous(ly)?|quickly|rapidly|fully|completely|(on|by) (its|their) own|by (itself|themselves)"
    rf"|without (any )?{WHAT})"
)
PASSED = (
    r"((it|they|reaction|symptoms?) )?(was |were |has |have )?(self[- ]?(limit|resolv)\w+"
    rf"|({BY_ITSELF} )?(resolved|resolution|resolving|subsided|settled|passed)( {BY_ITSELF})*)"
)
UNCHANGED = (
    r"(vital signs|vitals|vs) ((were|are|remain|remained) )?(stable|normal|unchanged|checked|taken|rechecked)"
    r"|(the )?(infusion|rate|dose) (was )?(continued( unchanged)?|unchanged)|continued (the )?infusion"
)
NOT_DONE = re.compile(rf"{ATTENTION}|{NOTHING}|{PASSED}|{UNCHANGED}|\W+", re.IGNORECASE)
PARTS = re.compile(r"[,;:&+\n]|(?<!\bn)[./]| - |\b(?:and|then)\b", re.IGNORECASE)
HOSPITAL = re.compile(
    r"hospital|admi(tted|ssion)|ambulance|paramedic|emergency|intensive care|transfer|(?-i:\b(?:ICU|ED|ER|EMS|911)\b)",
    re.IGNORECASE,
)


def intervened(action: str | None) -> bool:
    parts = (part.strip() for part in PARTS.split(action or ""))
    return any(part and not NOT_DONE.fullmatch(part) for part in parts)


def speaks_of_hospital(action: str | None) -> bool:
    """Also where it says that none was needed: the words do not tell which."""
    return bool(HOSPITAL.search(action or ""))
