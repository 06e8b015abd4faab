"""Every kind of EHR that takes whole sessions or a part of them, with lags short enough for a test."""

from __future__ import annotations

import time
from typing import Any

from ehr.ehrs import Sandbox
from ehr.hospital import hospital, sent
from ehr.made_up_session import MRN, NOW

from service.store import Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.decisions import Decisions
from service.sync.job import now
from service.sync.outcomes import Accepted, Edited
from service.sync.overrides import Overrides

# Those that take whole sessions, and those that take a part of them
PERSONAS = (
    *("open", "hapi-like", "medplum-like", "batch-only", "cutting", "duplicate-refusing", "forgetful", "racing"),
    *("unconditional", "lagging", "hostile", "epic-like", "cerner-like", "throttling"),
)
LAG = 0.3


def destination(sandbox: Sandbox, **more: Any) -> Destination:
    return hospital(sandbox, **{"overrides": Overrides(search_lag_seconds=2 * LAG), **more})


def send(store: Store, sandbox: Sandbox, again: bool = False, **more: Any) -> Result:
    return sent(store, destination(sandbox), again=again, clock=now, **more)


def until_settled(store: Store, sandbox: Sandbox) -> Result:
    for _ in range(40):
        result = send(store, sandbox)
        if isinstance(result.outcome, Accepted | Edited):
            return result
        time.sleep(getattr(result.outcome, "retry_after", None) or 0)
    raise AssertionError(result)


def play(sandbox: Sandbox, persona: str) -> None:
    """As that EHR, but quicker; it knows the patient where it makes none."""
    sandbox.put({"resourceType": "Patient", "id": "known", "identifier": [{"system": MRN, "value": "M-1"}]})
    quick = {"search_lag_seconds": LAG} if persona in ("lagging", "hostile") else {}
    sandbox.control("persona", name=persona, conduct=quick)
    time.sleep(LAG if quick else 0)


def versions(sandbox: Sandbox) -> dict[tuple[str, str], int]:
    return {(line["type"], line["id"]): line["version"] for line in sandbox.log()}


def decisions(store: Store, sandbox: Sandbox) -> Decisions:
    return Decisions(store, [destination(sandbox)], lambda revisions: revisions, lambda: NOW)
