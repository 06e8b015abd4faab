"""Everything an EHR or the way to it can do, and what follows: one row per class, every status looked at."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest

from service.sync import Destination
from service.sync.answers import outcome_of
from service.sync.ehr import Ehr
from service.sync.outcomes import Accepted, Conflict, Outcome, Refused, Unauthorized, Unavailable, Unknown
from service.sync.policy import next_state

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
ERROR = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}'
WARNING = b'{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"informational"}]}'
NOT_NOW = {408, 421, 423, 425, 429, 503}
NEVER = {501, 505, 506, 508, 510, 511}


def kind_of(status: int, method: str) -> type:
    """The table in words: what each status means for a write and for a read."""
    if status in (401, 407):
        return Unauthorized
    if status in (409, 412):
        return Conflict
    if status in NOT_NOW:
        return Unavailable
    if status >= 500 and status not in NEVER:
        return Unavailable if method == "GET" else Unknown
    return Refused


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_has_its_meaning(status: int, method: str) -> None:
    for body in (b"", b"<html>", ERROR, None, b"{"):
        assert type(outcome_of(status, {}, body, method, NOW)) is kind_of(status, method)


STATES = {
    Unauthorized: ("retrying", "login"),
    Unavailable: ("retrying", "transient"),
    Unknown: ("unknown", "timeout"),
    Refused: ("dead", "processing"),
    Conflict: ("retrying", "conflict"),
}


@pytest.mark.parametrize("status", range(400, 600))
def test_every_status_has_its_consequence(status: int) -> None:
    following = next_state(outcome_of(status, {}, b"", "PUT", NOW), 1, 0, 0.5)
    assert (following.state, following.code) == STATES[kind_of(status, "PUT")]
    assert (following.wait is None) is (following.state == "dead")


@pytest.mark.parametrize(
    ("body", "write", "read"),
    [
        (b'{"resourceType":"Patient"}', Accepted, Accepted),
        (b"", Accepted, Accepted),
        (WARNING, Accepted, Accepted),
        (ERROR, Unknown, Unavailable),
        (b"<html><body>Sign in</body></html>", Unknown, Unavailable),
        (b'{"resourceType":"Pat', Unknown, Unavailable),
        (b"\xff\xfe", Unknown, Unavailable),
        (b"[" * 10_000, Unknown, Unavailable),
        (None, Unknown, Unavailable),
    ],
    ids=["resource", "empty", "warning", "error", "html", "truncated", "no text", "deep", "too large or too slow"],
)
@pytest.mark.parametrize("status", [200, 201, 299])
def test_a_success_is_one_only_when_it_can_be_read(status: int, body: bytes | None, write: type, read: type) -> None:
    assert type(outcome_of(status, {}, body, "PUT", NOW)) is write
    assert type(outcome_of(status, {}, body, "GET", NOW)) is read


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something on loopback that treats each connection so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def reset(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def close(connection: socket.socket) -> None:
    connection.recv(65536)


def hang(connection: socket.socket) -> None:
    connection.recv(65536)
    threading.Event().wait(1)


def truncate(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")


def babble(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"\x00\x01\x02 no HTTP at all\r\n\r\n")


def write_to(url: str) -> tuple[Outcome, Outcome]:
    destination = Destination(name="n", base_url=url, internal=True, timeout_seconds=0.3)
    with closing(Ehr(destination)) as ehr:
        return ehr.put("Observation", "o1", b"{}"), ehr.read("Observation", "o1")


@pytest.mark.parametrize("serve", [reset, close, hang, truncate, babble], ids=lambda serve: str(serve.__name__))
def test_what_was_sent_and_not_answered_is_unknown(serve: Callable[[socket.socket], None]) -> None:
    with listening(serve) as port:
        write, read = write_to(f"http://127.0.0.1:{port}/fhir")
    assert isinstance(write, Unknown)
    assert isinstance(read, Unavailable)


def test_what_was_never_sent_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert write_to(f"http://127.0.0.1:{port}/fhir") == (Unavailable(), Unavailable())


def test_nor_is_what_found_no_name() -> None:
    assert write_to("http://no-such-host.invalid/fhir") == (Unavailable(), Unavailable())


def test_nor_is_what_found_no_trust() -> None:
    """A certificate that nobody vouches for, or no TLS at all."""
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 No TLS\r\n\r\n")) as port:
        assert write_to(f"https://127.0.0.1:{port}/fhir") == (Unavailable(), Unavailable())
    assert ssl.OPENSSL_VERSION
