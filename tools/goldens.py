"""Write fixtures/fhir/*.json: what every fixture session becomes. A validator judges them, a person reads the diff.

`python tools/goldens.py` writes; tests/test_goldens.py compares.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from mappings import InfusionSession, Resource, load_clinic, map_session, parse_session
from service.fhirjson import encode, read_json

ROOT = Path(__file__).resolve().parents[1]
SESSIONS = ROOT / "fixtures" / "sessions"
GOLDENS = ROOT / "fixtures" / "fhir"


@cache
def fixture_sessions() -> dict[str, InfusionSession]:
    """Golden name → session: ``07-corrected.2`` is the second document of 07-corrected.ndjson."""
    found = {}
    for path in sorted(SESSIONS.glob("*.*json")):
        lines = path.read_bytes().splitlines() if path.suffix == ".ndjson" else [path.read_bytes()]
        for number, line in enumerate(filter(None, lines), start=1):
            name = f"{path.stem}.{number}" if path.suffix == ".ndjson" else path.stem
            found[name] = parse_session(read_json(line))
    return found


def bundle(session: InfusionSession) -> bytes:
    """A collection Bundle, one element per line, with what the other fixtures tell of the session's course.

    Decimals keep their digits: the text is only indented, not re-read.
    """
    return bundle_of(map_session(session, load_clinic(), tuple(fixture_sessions().values())))


def bundle_of(resources: list[Resource]) -> bytes:
    entries = [
        {"fullUrl": f"https://demo-clinic.example/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
    ]
    compact: dict[str, Any] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return msgspec.json.format(encode(compact), indent=1) + b"\n"


def main() -> None:
    GOLDENS.mkdir(parents=True, exist_ok=True)
    for old in GOLDENS.glob("*.json"):
        old.unlink()
    for name, session in fixture_sessions().items():
        (GOLDENS / f"{name}.json").write_bytes(bundle(session))


if __name__ == "__main__":
    main()
