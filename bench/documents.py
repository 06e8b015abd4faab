"""Session documents to measure with: the fixtures, moved to other patients, days and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from service.fhirjson import encode, read_json
from tools.goldens import SESSIONS

DAY = re.compile(r"\b20\d\d-\d\d-\d\d")
VITALS = ("systolic", "diastolic", "heart_rate", "respiratory_rate")


def documents(variation: int, most: int | None = None) -> list[tuple[str, bytes]]:
    """(number, body) of every fixture. Each variation has numbers, patients, days and vital signs of its own."""
    found = []
    for i, text in enumerate(list(_texts())[:most]):
        moved = DAY.sub(lambda match: _moved(match[0], variation), text).replace("SYN-", f"B{variation}-")
        document = read_json(moved.encode())
        document["number"] = f"B{variation}-{i:02d}"
        for event in document.get("events", ()):
            _vary(event, variation)
        found.append((document["number"], encode(document)))
    return found


def _texts() -> Iterator[str]:
    for path in sorted(SESSIONS.glob("*.*json")):
        text = path.read_text()
        yield from filter(None, text.splitlines()) if path.suffix == ".ndjson" else [text]


def _moved(day: str, variation: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=variation)).isoformat()


def _vary(event: dict[str, Any], variation: int) -> None:
    for place, name in enumerate(VITALS):
        if isinstance(event.get(name), int):
            event[name] += (variation + place) % 5
