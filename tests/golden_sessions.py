"""The fixture sessions and small made-up ones, for any test that needs a session."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from mappings import InfusionSession, parse_session
from tools.goldens import fixture_sessions

ROOT = Path(__file__).resolve().parents[1]

__all__ = ["ROOT", "fixture_sessions", "record", "session"]


def record(**changes: Any) -> dict[str, Any]:
    """A plain session of 40 minutes at 0.75 mg/kg/h for 80 kg: 40 mg. ``changes`` replace whole fields."""
    found: dict[str, Any] = {
        "number": "T-1",
        "status": "completed",
        "patient": {"mrn": "TEST-1", "family": "Synthetic-Test", "birth_date": "1980-05-17", "sex": "female"},
        "start": "2026-03-02T10:00:00-06:00",
        "end": "2026-03-02T11:30:00-06:00",
        "indications": [{"key": "mdd-recurrent-severe"}],
        "staff": [{"family": "Synthetic-Nurse", "id": "n1", "role": "administering"}],
        "preparation": {"weight": {"value": Decimal("80.0"), "unit": "kg"}},
        "medications": [{"drug": {"key": "ketamine"}, "concentration": {"value": 10, "unit": "mg/mL"}}],
        "order": {"dose": {"value": Decimal("0.50"), "unit": "mg/kg"}, "duration_minutes": 40},
        "events": [
            at(0, "vital-signs", systolic=120, diastolic=80, heart_rate=70, oxygen_saturation=98),
            at(5, "infusion-start", rate={"value": Decimal("0.75"), "unit": "mg/kg/hr"}),
            at(20, "vital-signs", systolic=148, diastolic=92, heart_rate=88, oxygen_saturation=97),
            at(45, "infusion-stop"),
        ],
    }
    return {**found, **changes}


def at(minute: int, type_: str, **parts: Any) -> dict[str, Any]:
    """An event so many minutes after ten o'clock."""
    return {"type": type_, "time": f"2026-03-02T{10 + minute // 60:02d}:{minute % 60:02d}:00-06:00", **parts}


def session(**changes: Any) -> InfusionSession:
    return parse_session(record(**changes))
