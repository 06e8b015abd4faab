"""An EHR that asks for tokens, and its token endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from signing import write_key
from token_endpoint import BASE, TOKEN_URL, MakeEhr, Watch

from service.sync import Destination
from service.sync.ehr import Ehr


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def router() -> respx.MockRouter:
    return respx.MockRouter(assert_all_called=False)


@pytest.fixture
def make_ehr(router: respx.MockRouter, watch: Watch, tmp_path: Path) -> Iterator[MakeEhr]:
    write_key(tmp_path, "ES384")
    opened: list[Ehr] = []

    def make(**changes: Any) -> Ehr:
        smart = {"client_id": "bridge", "keys": [tmp_path], "token_url": TOKEN_URL, **changes}
        named = Destination.model_validate({"name": "north", "base_url": BASE, "auth": "smart", "smart": smart})
        opened.append(Ehr(named, httpx.MockTransport(router.handler), watch))
        return opened[-1]

    yield make
    for ehr in opened:
        ehr.close()


@pytest.fixture
def ehr(make_ehr: MakeEhr) -> Ehr:
    return make_ehr()
