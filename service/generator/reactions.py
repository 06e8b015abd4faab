"""What patients bear during an infusion: how often, how bad, what was done, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.generator.concepts import Tables, concept
from service.generator.dice import Dice
from service.generator.units import Document

# By key of the terminology: how often it is met; rows that are not listed here are seldom.
EXPECTED: Mapping[str, int] = {
    "dissociation": 22,
    "nausea": 18,
    "dizziness": 16,
    "increased-blood-pressure": 12,
    "blurred-vision": 8,
    "headache": 8,
    "drowsiness": 7,
    "anxiety": 6,
    "paresthesia": 4,
    "vomiting": 4,
    "double-vision": 3,
    "nystagmus": 3,
    "tachycardia": 3,
    "hypersalivation": 2,
    "itching": 2,
    "injection-site-pain": 2,
}
SELDOM = 1
GRAVE: Mapping[str, int] = {
    "panic-attack": 30,
    "hypertensive-urgency": 20,
    "agitation": 12,
    "vomiting": 10,
    "hallucinations": 8,
    "syncope": 6,
    "extravasation": 5,
    "hypoxemia": 4,
    "laryngospasm": 2,
    "apnea": 2,
    "anaphylaxis": 1,
}
HELPS: Mapping[str, str] = {
    "nausea": "ondansetron",
    "vomiting": "ondansetron",
    "increased-blood-pressure": "labetalol",
    "hypertensive-urgency": "hydralazine",
    "panic-attack": "lorazepam",
    "agitation": "midazolam",
    "anxiety": "lorazepam",
    "hypotension": "sodium-chloride-9mg-ml",
    "syncope": "sodium-chloride-9mg-ml",
    "hypersalivation": "glycopyrronium",
    "headache": "ketorolac",
}
SEVERITIES = {"mild": 78, "moderate": 19, "severe": 3}
GRAVE_SEVERITIES = {"severe": 62, "moderate": 26, "life-threatening": 8, "fatal": 4}
ACTIONS = {
    "mild": ("Observed only", "Reassured", "Head lowered", "Cold cloth", None),
    "moderate": ("Medication given", "Reassured, nurse stayed at the bedside", "Position changed", None),
    "severe": ("Physician called to the bedside", "Medication given, watched closely"),
    "life-threatening": ("Airway opened, oxygen by mask, emergency call", "Emergency team called, transferred"),
    "fatal": ("Resuscitation by the emergency team without success",),
}
OUTCOMES = {
    "mild": {"resolved": 82, "": 8, "recovering": 4, "ongoing": 4, "unknown": 2},
    "moderate": {"resolved": 80, "recovering": 10, "ongoing": 5, "": 3, "unknown": 2},
    "severe": {"resolved": 72, "recovering": 14, "resolvedWithSequelae": 7, "ongoing": 5, "unknown": 2},
    "life-threatening": {"resolved": 60, "resolvedWithSequelae": 25, "recovering": 15},
    "fatal": {"fatal": 1},
}
ENDED = ("resolved", "resolvedWithSequelae", "fatal")


@dataclass(frozen=True, slots=True)
class Borne:
    """A reaction to be charted. ``ends`` counts seconds from its onset; ``help`` is the drug that was given for it."""

    second: int
    parts: Document
    words: str
    ends: int | None
    help: str | None

    @property
    def is_fatal(self) -> bool:
        return bool(self.parts["severity"] == "fatal")


def expected(dice: Dice, tables: Tables, second: int) -> Borne:
    weights = {key: EXPECTED.get(key, SELDOM) for key in tables["reaction"]}
    return _borne(dice, tables, dice.weighed(weights), dice.weighed(SEVERITIES), second)


def grave(dice: Dice, tables: Tables, second: int) -> Borne:
    """What ends an infusion."""
    found = _borne(dice, tables, dice.weighed(GRAVE), dice.weighed(GRAVE_SEVERITIES), second)
    found.parts["infusion_stopped"] = True
    return found


def _borne(dice: Dice, tables: Tables, key: str, severity: str, second: int) -> Borne:
    outcome, action = dice.weighed(OUTCOMES[severity]), dice.pick(ACTIONS[severity])
    parts: Document = {"reaction": concept(dice, tables, "reaction", key), "severity": severity}
    parts |= {"action": action} if action else {}
    parts |= {"outcome": outcome} if outcome else {}
    lasts = dice.whole(2, 16 if severity == "mild" else 40) * 60 if outcome in ENDED and dice.chance(0.9) else None
    helped = severity not in ("mild", "fatal") and dice.chance(0.8)
    return Borne(second, parts, tables["reaction"][key].text, lasts, HELPS.get(key) if helped else None)
