"""`serve`: the HTTP API and, in the same process, the delivery of what is queued. `sync` is the latter alone."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace

import structlog
import uvicorn

from mappings.response import is_before
from service.api import FastAPI, Service, create_app
from service.commands.composition import Parts, build
from service.commands.memory import settle
from service.course import read_session
from service.settings import Settings
from service.status import StatusPages
from service.summaries import summary_page
from service.sync import Ehrs, SyncWorker, key_set

log = structlog.get_logger()


def run_serve(settings: Settings, with_sync: bool = True) -> None:
    """Recover what a crash left behind, start delivering, serve until told to stop."""
    ehrs = Ehrs()
    parts = replace(build(settings), ehrs=ehrs)
    recovered = parts.pipeline.recover()
    log.info("recovered", revisions=len(recovered))
    worker = _worker(parts) if with_sync and parts.destinations else None
    app = application(parts)
    settle()
    try:
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    finally:
        if worker is not None:
            worker.stop()
        ehrs.close()


def run_sync(settings: Settings) -> None:
    """Deliver until told to stop, without serving."""
    parts = build(settings)
    worker = _worker(parts)
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    stopped.wait()
    worker.stop()


def application(parts: Parts) -> FastAPI:
    """The ASGI application over the given parts."""
    keys = [path for destination in parts.destinations if destination.smart for path in destination.smart.keys]
    return create_app(
        Service(
            parts.pipeline,
            parts.store,
            parts.settings,
            lambda number: summarise(parts, number),
            parts.desk,
            parts.decisions,
            key_set=lambda: key_set(keys),
            patients=parts.patients,
            status=StatusPages(parts.board),
        )
    )


def summarise(parts: Parts, number: str) -> str:
    """The summary page of a session, beside the earlier sessions of the same patient's course. Raises NotFound."""
    revision = parts.store.revision(number)
    session = read_session(revision.content, parts.clinic)
    earlier = [
        other
        for row in parts.store.sessions_of_patient(number)
        if is_before(other := read_session(parts.store.revision(row).content, parts.clinic), session)
    ]
    return summary_page(session, sorted(earlier, key=lambda other: other.start), parts.clinic, revision.revision)


def _worker(parts: Parts) -> SyncWorker:
    worker = SyncWorker(parts.store, parts.destinations, parts.settings, parts.ehrs)
    worker.start()
    return worker
