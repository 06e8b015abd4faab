"""EHRs to deliver to: the sandbox on a real socket, and a wire in front of any server that can be cut."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvicorn

from service.fhirjson import encode, read_json
from service.sandbox import create_sandbox
from service.sync.references import query

Version = tuple[str, str]
JSON = {"Content-Type": "application/json"}
# R4 finds these by no identifier
UNIDENTIFIED = ("AdverseEvent", "Provenance")
AT_ONCE = 40  # identifiers in one search: an address has a longest length


class Server:
    """A FHIR server as its own interface shows it; past any cache of searches."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._client = httpx.Client(timeout=60, trust_env=False, headers={"Cache-Control": "no-cache"})

    def close(self) -> None:
        self._client.close()

    def get(self, path: str) -> Any:
        answer = self._client.get(path if path.startswith("http") else f"{self.base_url}/{path}")
        answer.raise_for_status()
        return answer.json()

    def get_exactly(self, path: str) -> Any:
        """With every digit as it was sent."""
        answer = self._client.get(f"{self.base_url}/{path}")
        answer.raise_for_status()
        return read_json(answer.content)

    def put(self, resource: dict[str, Any]) -> Any:
        url = f"{self.base_url}/{resource['resourceType']}/{resource['id']}"
        answer = self._client.put(url, json=resource)
        answer.raise_for_status()
        return answer.json()

    def resources(self, kind: str, condition: str = "_count=500") -> list[dict[str, Any]]:
        """All that a search finds, over all its pages."""
        found: list[dict[str, Any]] = []
        page = self.get(f"{kind}?{condition}")
        while True:
            found += [entry["resource"] for entry in page.get("entry", [])]
            following = [link["url"] for link in page.get("link", []) if link["relation"] == "next"]
            if not following:
                return [resource for resource in found if resource["resourceType"] == kind]
            page = self.get(following[0])

    def copies(self, names: Iterable[str], system: str) -> dict[str, list[Version]]:
        """Ids and versions of each ``Type/our-id`` that is there: by our identifier, or by id where it has none."""
        found: dict[str, list[Version]] = {name: [] for name in names}
        for kind in dict.fromkeys(name.split("/")[0] for name in found):
            values = [name.split("/")[1] for name in found if name.startswith(f"{kind}/")]
            for some in (values[n : n + AT_ONCE] for n in range(0, len(values), AT_ONCE)):
                identifiers = ",".join(query(system, value).removeprefix("identifier=") for value in some)
                asked = "" if kind in UNIDENTIFIED else f"identifier={identifiers}&"
                for resource in self.resources(kind, f"{asked}_count=500"):
                    given = resource.get("identifier", [])
                    named = given if isinstance(given, list) else [given]
                    own = [i["value"] for i in named if i.get("system") == system]
                    name = f"{kind}/{own[0] if own else resource['id']}"
                    if name.split("/")[1] in some:
                        found[name].append((resource["id"], resource["meta"]["versionId"]))
        return found


class Sandbox(Server):
    """With the control API."""

    def control(self, path: str, **body: Any) -> Any:
        root = self.base_url.removesuffix("/fhir")
        answer = self._client.post(f"{root}/_control/{path}", content=encode(body), headers=JSON)
        answer.raise_for_status()
        return answer.json()

    def log(self) -> list[dict[str, Any]]:
        """What was applied, in order."""
        return list(self.get(self.base_url.replace("/fhir", "/_control/log"))["applied"])

    def held(self) -> dict[str, list[dict[str, Any] | None]]:
        """Every version of all that it holds, by ``Type/id``; None is where it was deleted. No request to an EHR."""
        answer = self._client.get(self.base_url.replace("/fhir", "/_control/held"))
        found: dict[str, list[dict[str, Any] | None]] = read_json(answer.content)
        return found

    def requests(self) -> int:
        return int(self.get(self.base_url.replace("/fhir", "/_control/log"))["requests"])


@contextmanager
def running_sandbox(persona: str = "open") -> Iterator[Sandbox]:
    """A fresh sandbox EHR on a free port of loopback, in this process."""
    config = uvicorn.Config(create_sandbox(persona), host="127.0.0.1", port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        sandbox = Sandbox(f"http://127.0.0.1:{port}/fhir")
        yield sandbox
        sandbox.close()
    finally:
        server.should_exit = True
        thread.join()


class Wire:
    """A TCP forwarder in front of a server. ``down`` refuses; ``cut`` lets all requests through, and no answer to a write."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._target = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self.mode = "through"
        self.cuts = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self.mode = "down"
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join()

    def drop(self) -> None:
        """Every connection that is open, as a network does that goes away."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.mode == "down":
                client.close()
                continue
            server = socket.create_connection(self._target)
            self._open += [client, server]
            writing = threading.Event()
            for forward in (self._requests, self._answers):
                thread = threading.Thread(target=forward, args=(client, server, writing))
                self._threads.append(thread)
                thread.start()

    def _requests(self, client: socket.socket, server: socket.socket, writing: threading.Event) -> None:
        """Only this thread reads the client's side, and it closes it; the other end learns of it by a shutdown."""
        with client, suppress(OSError):
            while data := client.recv(65536):
                if data.startswith((b"PUT ", b"POST ")):
                    writing.set()
                elif data.startswith(b"GET "):
                    writing.clear()
                server.sendall(data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _answers(self, client: socket.socket, server: socket.socket, writing: threading.Event) -> None:
        with server, suppress(OSError):
            while data := server.recv(65536):
                if self.mode == "cut" and writing.is_set():
                    self.cuts += 1
                    break
                client.sendall(data)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(base_url: str) -> Iterator[Wire]:
    found = Wire(base_url)
    try:
        yield found
    finally:
        found.close()


def wait_until(condition: Any, seconds: float = 30) -> None:
    """Fails when it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
