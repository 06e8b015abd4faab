"""The page of a session: complete, private, and unable to load or run anything."""

from __future__ import annotations

from starlette.testclient import TestClient


def test_page_is_html_with_a_strict_policy_and_not_kept(client: TestClient) -> None:
    answered = client.get("/summaries/sessions/SYN-S-0001")
    assert answered.status_code == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    policy = answered.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "script" not in policy
    assert answered.headers["cache-control"] == "no-store"


def test_page_of_no_session_is_404(client: TestClient) -> None:
    assert client.get("/summaries/sessions/SYN-S-9999").status_code == 404
