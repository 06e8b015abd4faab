"""A load generator that costs little: raw keep-alive connections, one request at a time on each."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from itertools import count
from time import perf_counter

import uvloop

from bench.server import Server

CONNECTIONS = 8
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def load(server: Server, paths: Sequence[str], seconds: float) -> tuple[float, float]:
    """(requests per second, processor microseconds of the server per request) while all connections keep asking."""
    requests = [f"GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n".encode() for path in paths]
    before, began = server.cpu(), perf_counter()
    answered = uvloop.run(_drive(server.port, requests, began + seconds))
    return answered / (perf_counter() - began), (server.cpu() - before) / answered * 1e6


async def _drive(port: int, requests: Sequence[bytes], until: float) -> int:
    loop, turn = asyncio.get_running_loop(), count()
    callers = [Caller(requests, turn, until, loop.create_future()) for _ in range(CONNECTIONS)]
    for caller in callers:
        await loop.create_connection(lambda caller=caller: caller, "127.0.0.1", port)  # type: ignore[misc]
    return sum(await asyncio.gather(*(caller.done for caller in callers)))


class Caller(asyncio.Protocol):
    """Sends the next request when the last answer is whole."""

    def __init__(self, requests: Sequence[bytes], turn: Iterator[int], until: float, done: asyncio.Future[int]) -> None:
        self.done = done
        self._requests, self._turn, self._until = requests, turn, until
        self._buffer, self._answered = b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(self._buffer, 0, end)
        if not self._buffer.startswith(b"HTTP/1.1 200") or length is None:
            self._fail(self._buffer[:200])
        elif len(self._buffer) >= end + 4 + int(length[1]):
            self._buffer = b""
            self._answered += 1
            self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self._fail(b"the server hung up")

    def _ask(self) -> None:
        if perf_counter() < self._until:
            self._transport.write(self._requests[next(self._turn) % len(self._requests)])
        else:
            self.done.set_result(self._answered)
            self._transport.close()

    def _fail(self, said: bytes) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(said.decode(errors="replace")))
        self._transport.close()
