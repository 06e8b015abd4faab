"""What the API is built over: the parts that the command line composes and hands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from service.pipeline import Pipeline
from service.settings import Settings
from service.store import Store


@dataclass(frozen=True, slots=True)
class Service:
    """``summarise`` turns a session number into the HTML of its page."""

    pipeline: Pipeline
    store: Store
    settings: Settings
    summarise: Callable[[str], str]


def service_of(request: Request) -> Service:
    found: Service = request.app.state.service
    return found
