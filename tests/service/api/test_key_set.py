"""Our public keys, for anybody; never a private one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from signing import kid, write_key
from starlette.testclient import TestClient

from service.api import Service, create_app
from service.settings import Settings
from service.sync import key_set


def test_the_key_set_is_served_to_anybody_as_it_is_now(service: Service, tmp_path: Path) -> None:
    closed = replace(service, settings=Settings(auth="keys"), key_set=lambda: key_set([tmp_path]))
    with TestClient(create_app(closed), base_url="https://bridge.example") as client:
        assert client.get("/.well-known/jwks.json").json() == {"keys": []}
        write_key(tmp_path, "ES384", at=1_000)
        write_key(tmp_path, "RS384", at=2_000)
        answer = client.get("/.well-known/jwks.json")
        assert [key["kid"] for key in answer.json()["keys"]] == [kid("RS384"), kid("ES384")]
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert not {"d", "p", "q"} & {name for key in answer.json()["keys"] for name in key}
