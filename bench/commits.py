"""Sessions per second from HTTP body to durable commit, beside the limit: plain fsynced commits of the same bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import httpx

from bench.documents import documents
from bench.measure import Result, Size, rate
from bench.server import Server

Documents = list[tuple[str, bytes]]


def measure(size: Size, server: Server, directory: Path) -> list[Result]:
    """Also fills the server with what reads are measured on."""
    fresh = count()
    with sqlite(directory / "limit.sqlite3") as limit, httpx.Client(base_url=server.url, timeout=60) as client:
        for _ in range(size.learnt):
            put_all(client, documents(next(fresh), size.sessions))
        results = []
        for clients in (1, 4):
            batches = [documents(next(fresh), size.sessions) for _ in range(size.rounds)]
            name = f"sessions to durable commit, {clients} client{'s'[: clients - 1]} / plain SQLite commits"
            results.append(
                rate(
                    name,
                    "sessions/s",
                    size.rounds,
                    lambda number, batches=batches, clients=clients: put_rate(server, batches[number], clients),
                    lambda number, batches=batches: commit_rate(limit, batches[number]),
                )
            )
        return results


def put_rate(server: Server, batch: Documents, clients: int) -> float:
    """Every client has a connection and a share of the documents."""
    shares = [batch[i::clients] for i in range(clients)]
    opened = [httpx.Client(base_url=server.url, timeout=60) for _ in shares]
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(lambda client: client.get("/health/live"), opened))
        began = perf_counter()
        list(pool.map(put_all, opened, shares))
        spent = perf_counter() - began
    for client in opened:
        client.close()
    return len(batch) / spent


def put_all(client: httpx.Client, batch: Documents) -> None:
    for number, body in batch:
        answer = client.put(f"/sessions/{number}", content=body, headers={"content-type": "application/json"})
        if answer.status_code != 201 or answer.json()["state"] != "published":
            raise RuntimeError(f"{number}: {answer.status_code} {answer.text[:300]}")


@contextmanager
def sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE documents (number TEXT, content BLOB)")
        yield connection
    finally:
        connection.close()


def commit_rate(connection: sqlite3.Connection, batch: Documents) -> float:
    began = perf_counter()
    for number, body in batch:
        with connection:
            connection.execute("INSERT INTO documents VALUES (?, ?)", (number, body))
    return len(batch) / (perf_counter() - began)
