"""Resources that many sessions yield alike, such as staff, rooms and devices: made once for all that say the same."""

from __future__ import annotations

from collections.abc import Callable

from mappings.clinic import Clinic
from mappings.context import SessionContext
from mappings.datatypes import Fixed
from mappings.narrative import narrated
from mappings.origin import Origin
from mappings.resource import Resource, written_in

MOST = 5_000  # of one clinic; then it begins anew
Said = tuple[str | None, ...]


def made_once(context: SessionContext, said: Said, origin: Origin, make: Callable[[], Resource]) -> Resource:
    """The resource, with its narrative. Nobody may change it.

    ``said``: its type, and every word of the record that it is made from. What the clinic says stays as it is.
    """
    known = context.clinic.once(_known)
    if (found := known.get(said)) is None:
        if len(known) >= MOST:
            known.clear()
        made, language = narrated(make()), context.clinic.identity.language
        found = known[said] = Fixed(written_in(language, made) if language else made)
    if (found["id"], id(found)) not in context.known:  # what comes twice was made from where it came first
        context.known[found["id"], id(found)] = found
        context.origins[found["id"]] = origin
    return found


def _known(_: Clinic) -> dict[Said, Resource]:
    return {}
