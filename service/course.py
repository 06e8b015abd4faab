"""Where a session stands in its course, and what the earlier published sessions of it have to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from functools import lru_cache

from mappings import Clinic, InfusionSession, InvalidSession, parse_session
from mappings.response import course_key, told_to_later
from service.fhirjson import content_hash, encode, read_json
from service.store import Place, Store

# Documents of earlier sessions, which each later session of their course asks for
KEPT = 128


def read_session(content: bytes, clinic: Clinic) -> InfusionSession:
    """A document as a clinic sent it, in its spelling of units. Raises InvalidSession."""
    return parse_session(read_json(content), clinic.units)


def hear(session: InfusionSession, store: Store, clinic: Clinic) -> tuple[Place | None, list[InfusionSession]]:
    """Its place with what it was told there, and the sessions that told it. Without a course the store is not asked."""
    key = course_key(session, clinic)
    if key is None:
        return None, []
    tells = told_to_later(session, clinic)
    place = Place(*key, instant(session), content_hash(encode(tells)) if tells else "")
    told = store.earlier(session.number, place)
    earlier = [other for one in told if (other := _readable(one.content, clinic)) is not None]
    return replace(place, heard=tuple((one.number, one.told) for one in told)), earlier


def instant(session: InfusionSession) -> str:
    """Its start in UTC, in a form that orders as text."""
    return session.start.astimezone(UTC).isoformat(timespec="microseconds")


def _readable(content: bytes, clinic: Clinic) -> InfusionSession | None:
    """None for what an earlier release took that asked for less: it counts for nothing until it is corrected."""
    try:
        return _parsed(content, tuple(clinic.units.items()))
    except InvalidSession:
        return None


@lru_cache(maxsize=KEPT)
def _parsed(content: bytes, spellings: tuple[tuple[str, str], ...]) -> InfusionSession:
    return parse_session(read_json(content), dict(spellings))
