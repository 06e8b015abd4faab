"""Where the time of a read and of a search goes, measured in this process without a socket."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import process_time, thread_time
from typing import Any

import structlog

from bench import empty
from bench.measure import Steps
from service.commands.composition import build
from service.commands.logs import configure_logs
from service.commands.serve import application
from service.settings import Settings

STORE_STEP = {"read by id": "read", "search": "search"}


def split(paths: dict[str, list[str]], directory: Path, times: int, empty_cost: float) -> list[Steps]:
    """The store, the application around it, and the server around that: what the empty route costs beyond its app."""
    found = []
    parts = build(Settings(auth="open", database_url=f"sqlite:///{directory / 'served.sqlite3'}"))
    with quiet_log():
        app = application(parts)
        server = empty_cost - asyncio.run(_ask(empty.app, ["/"], times))
        for name, asked in paths.items():
            method, spent = STORE_STEP[name], [0.0]
            setattr(parts.store, method, watched(getattr(parts.store, method), spent))
            asyncio.run(_ask(app, asked, times // 10))
            spent[0] = 0.0
            whole = asyncio.run(_ask(app, asked, times))
            store = spent[0] / times * 1e6
            samples = {f"store.{method}": [store], "application": [whole - store], "server and sockets": [server]}
            found.append(Steps(name, "µs of processor", samples))
    parts.store.close()
    return found


@contextmanager
def quiet_log() -> Iterator[None]:
    """Written as `serve` writes it, to nowhere."""
    with Path(os.devnull).open("wb") as nowhere:
        configure_logs("INFO", nowhere)
        yield
        structlog.reset_defaults()


def watched(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def watching(*arguments: Any, **named: Any) -> Any:
        began = thread_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[0] += thread_time() - began

    return watching


async def _ask(app: Any, paths: Sequence[str], times: int) -> float:
    """Processor microseconds per request."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) != 200:
            raise RuntimeError(f"status {message['status']}")

    scopes = [_scope(path) for path in paths]
    began = process_time()
    for number in range(times):
        await app(dict(scopes[number % len(scopes)]), receive, send)
    return (process_time() - began) / times * 1e6


def _scope(target: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"bench")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
