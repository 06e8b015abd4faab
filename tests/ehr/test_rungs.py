"""Whichever way a session goes, it ends as the same graph: by transaction, in pieces, by batch, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ehr.bridge import facts, fixture_documents, running_bridge
from ehr.ehrs import Server, running_sandbox

from service.fhirjson import encode

RUNGS = {
    "transaction": 'rung = "transaction"',
    "pieces": 'rung = "transaction"\nmax_transaction_entries = 9\nmax_conditional_entries = 4',
    "batch": 'rung = "batch"',
    "single": 'rung = "single"',
}
# A reaction, a correction, the scores of a course.
SESSIONS = ("SYN-S-0005", "SYN-S-0007", "SYN-S-0081")


@pytest.fixture(scope="module", params=["open", "hapi-like", "searched", pytest.param("hapi", marks=pytest.mark.hapi)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "hapi":
        with closing(Server(request.getfixturevalue("hapi").base_url)) as found:
            yield found
    else:
        with running_sandbox("open" if request.param == "searched" else request.param) as sandbox:
            if request.param == "searched":
                sandbox.control("capabilities", update_create=False, conditional_create=False, conditional_update=False)
            yield sandbox


def graph(folder: Path, server: Server, rung: str) -> set[str]:
    """What is there after the sessions went there so, in words that do not depend on whose they are."""
    clinic = f"rung-{rung}"
    documents = [one for one in fixture_documents() if one["number"] in SESSIONS]
    with running_bridge(folder, clinic, server, {rung: RUNGS[rung]}, **{rung: server.base_url}) as bridge:
        for document in documents:
            bridge.send(document, rung)
        bridge.until("delivered", SESSIONS, rung, 300)
        ours, theirs = bridge.ours(*SESSIONS), bridge.theirs(*SESSIONS)
    assert [name for name in ours if facts(theirs[name]) != facts(ours[name])] == []
    positions = {name.split("/")[1]: str(number) for number, name in enumerate(ours)}
    texts = (encode(facts(resource)).decode().replace(clinic, "clinic") for resource in theirs.values())
    return {
        re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", lambda found: positions.get(found[0], found[0]), text) for text in texts
    }


def test_every_rung_ends_in_the_same_graph(server: Server, tmp_path: Path) -> None:
    graphs = {}
    for rung in RUNGS:
        (tmp_path / rung).mkdir()
        graphs[rung] = graph(tmp_path / rung, server, rung)
    assert len(graphs["single"]) > 100
    for rung in RUNGS:
        assert graphs[rung] == graphs["single"], rung
