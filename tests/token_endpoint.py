"""A token endpoint and an EHR that answer as told, and a watch that stands still until it is turned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import respx

from service.sync.ehr import Ehr

BASE = "https://ehr.example/fhir"
TOKEN_URL = "https://login.example/token"
START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


class Watch:
    """A clock that the test moves."""

    time = START

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


MakeEhr = Callable[..., Ehr]


def granting(router: respx.MockRouter, url: str = TOKEN_URL, **changes: Any) -> respx.Route:
    """The token endpoint gives token-1, token-2 and so on."""
    count = iter(range(1, 100))

    def grant(request: httpx.Request) -> httpx.Response:
        given = {"access_token": f"token-{next(count)}", "token_type": "Bearer", "expires_in": 300, **changes}
        return httpx.Response(200, json={name: value for name, value in given.items() if value is not None})

    return router.post(url).mock(side_effect=grant)


def answering(router: respx.MockRouter, status: int = 200) -> respx.Route:
    return router.route(url__startswith=f"{BASE}/Patient").respond(status, json={"resourceType": "Patient"})


def tokens(route: respx.Route) -> list[str]:
    return [call.request.headers.get("authorization", "") for call in route.calls]
