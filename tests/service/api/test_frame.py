"""Around every exchange: correlation id, security headers, one line in the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.testclient import TestClient
from structlog.testing import capture_logs

from service.api.frame import Frame


def test_every_answer_has_a_correlation_id_of_its_own(client: TestClient) -> None:
    ids = {client.get(path).headers["x-request-id"] for path in ("/health/live", "/nope", "/fhir/metadata", "/docs")}
    assert len({UUID(id_) for id_ in ids}) == 4


def test_correlation_id_of_the_caller_is_kept_when_it_is_a_uuid(client: TestClient) -> None:
    mine = "0b7e3c1e-6f0a-4a7e-9a53-1f8f5d1f2c3d"
    assert client.get("/health/live", headers={"X-Request-Id": mine}).headers["x-request-id"] == mine
    assert client.get("/health/live", headers={"X-Request-Id": "A. Patient"}).headers["x-request-id"] != "A. Patient"


def test_security_headers_are_on_every_answer(client: TestClient) -> None:
    for path in ("/health/live", "/fhir/metadata", "/fhir/Patient/none", "/sessions", "/nope", "/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"


def test_log_names_route_status_and_ids_of_what_exists(client: TestClient, plain: bytes) -> None:
    with capture_logs() as lines:
        client.put("/sessions/SYN-S-0001", content=plain, headers={"Content-Type": "application/json"})
        client.get("/sessions/SYN-S-0002?secret=1")
    first, second = (line for line in lines if line["event"] == "request")
    assert (first["route"], first["status"], first["caller"]) == ("/sessions/{number}", 201, "open")
    assert first["ids"] == {"number": "SYN-S-0001"}
    assert (second["status"], second["ids"], second["codes"]) == (404, {}, ["not-found"])
    assert "secret" not in str(second)


def test_failure_is_logged_by_type_and_place(client: TestClient) -> None:
    with capture_logs() as lines:
        client.get("/summaries/sessions/BROKEN")
    failure = next(line for line in lines if line["event"] == "internal error")
    assert failure["error"] == "RuntimeError"
    assert any("summarise" in place for place in failure["where"])
    assert "Zmarkername" not in str(lines)


async def _run(frame: Frame, scope: dict[str, Any]) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await frame(scope, receive, send)
    return sent


def test_failure_in_the_middle_of_an_answer_does_not_start_another() -> None:
    import asyncio

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("Zmarkername")

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with capture_logs():
        sent = asyncio.run(_run(Frame(breaks), scope))
    assert [message["type"] for message in sent] == ["http.response.start"]
