"""A real server that declares less, or more, than HAPI does of itself: every way of writing, judged by what is there.

The sandbox is asked the same in tests/service/sync/test_delivery.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ehr.ehrs import Server
from ehr.hapi.server import HapiServer
from ehr.made_up_session import NOW, OURS, of_own, publish, session

from service.store import Store, open_store
from service.sync import Destination
from service.sync.attempt import Result
from service.sync.delivery import deliver
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted

pytestmark = pytest.mark.hapi

PERSONAS = {
    "our ids, together": (True, {"updateCreate": True}),
    "our ids, one by one": (False, {"updateCreate": True}),
    "made unless there, together": (True, {}),
    "made unless there, one by one": (False, {}),
    "conditional, one by one": (False, {"conditionalCreate": False}),
    "searched, together": (True, {"conditionalCreate": False, "conditionalUpdate": False}),
    "searched, one by one": (False, {"conditionalCreate": False, "conditionalUpdate": False}),
}


class Declaring(httpx.HTTPTransport):
    """Changes what the server declares of itself, and nothing else."""

    def __init__(self, transaction: bool, changes: dict[str, Any]) -> None:
        super().__init__(trust_env=False)
        self._transaction, self._changes = transaction, changes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if not request.url.path.endswith("/metadata"):
            return answer
        answer.read()
        statement = answer.json()
        for resource in statement["rest"][0]["resource"]:
            resource.update(self._changes)
        if not self._transaction:
            del statement["rest"][0]["interaction"]
        return httpx.Response(answer.status_code, json=statement)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as opened:
        opened.migrate()
        yield opened


@pytest.fixture(scope="module")
def there(hapi: HapiServer) -> Iterator[Server]:
    with closing(Server(hapi.base_url)) as server:
        yield server


@pytest.fixture(params=PERSONAS.values(), ids=PERSONAS.keys())
def ehr(request: pytest.FixtureRequest, hapi: HapiServer) -> Iterator[Ehr]:
    destination = Destination(name="h", base_url=hapi.base_url, internal=True, create_patients=True)
    with closing(Ehr(destination, Declaring(*request.param))) as made:
        yield made


@pytest.fixture
def own() -> str:
    """Tells the ids of this test from those of others."""
    return uuid4().hex[:8]


def send(store: Store, ehr: Ehr) -> Result:
    result = deliver(store, ehr, "S-1", False, lambda: NOW)
    assert isinstance(result.outcome, Accepted)
    return result


def test_one_copy_whatever_the_server_says_it_can_do(store: Store, ehr: Ehr, there: Server, own: str) -> None:
    """First delivered, then again by a bridge that has forgotten all it knew, then with one change."""
    resources = of_own(own, session())
    publish(store, resources)
    left_out = send(store, ehr).types_left_out
    names = [f"{r['resourceType']}/{r['id']}" for r in resources if r["resourceType"] not in left_out]
    copies = there.copies(names, OURS)
    assert left_out in ((), ("Provenance",))
    assert {name: [version for _, version in found] for name, found in copies.items()} == {
        name: ["1"] for name in names
    }

    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM ledger")
    send(store, ehr)
    assert there.copies(names, OURS) == copies

    publish(store, of_own(own, session("second")), b"2")
    assert send(store, ehr).sent == 1
    changed = {name: found for name, found in there.copies(names, OURS).items() if found != copies[name]}
    ((name, ((id_, version),)),) = changed.items()
    assert (name.split("/")[0], version) == ("Observation", "2")
    observation = there.get(f"Observation/{id_}")
    subject = next(found[0][0] for name, found in copies.items() if name.startswith("Patient/"))
    assert observation["note"] == [{"text": "second"}]
    assert observation["subject"] == {"reference": f"Patient/{subject}"}
