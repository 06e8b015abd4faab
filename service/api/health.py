"""Is the process alive, and can it do its work. Public, and silent about everything else."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.api.service import service_of

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Response:
    """200 while the process answers."""
    return Response(b'{"status":"live"}', media_type="application/json")


@router.get("/ready")
def ready(request: Request) -> Response:
    """200 when the database answers, else 503."""
    service_of(request).store.ping()
    return Response(b'{"status":"ready"}', media_type="application/json")
