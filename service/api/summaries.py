"""The page for referring psychiatrists."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.api.auth import may
from service.api.service import service_of

router = APIRouter(prefix="/summaries", tags=["summaries"])
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


@router.get("/sessions/{number}", responses={200: {"content": {"text/html": {}}}})
def session_summary(number: str, request: Request, _: Annotated[str, Depends(may("summaries"))]) -> Response:
    """What was given, how the patient bore it, and whether it helps: one page of HTML that works without scripts."""
    page = service_of(request).summarise(number)
    return Response(page, headers=HEADERS, media_type="text/html; charset=utf-8")
