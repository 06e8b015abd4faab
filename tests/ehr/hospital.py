"""The one destination of most delivery tests: a hospital on loopback, that lets us create patients."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

from ehr.ehrs import Server, Wire
from ehr.made_up_session import NOW

from service.store import Store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr


def hospital(server: Server | Wire, **changes: Any) -> Destination:
    about = {"name": "hospital", "base_url": server.base_url, "internal": True, "timeout_seconds": 5}
    return Destination.model_validate({**about, "create_patients": True, **changes})


def sent(
    store: Store,
    destination: Destination,
    number: str = "S-1",
    again: bool = False,
    clock: Callable[[], datetime] = lambda: NOW,
    **ehr: Any,
) -> Result:
    """One attempt, with a client of its own."""
    with closing(Ehr(destination, **ehr)) as made:
        return deliver(store, made, number, again, clock)
