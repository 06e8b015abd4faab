"""A page of results as a Bundle: the stored bytes of each resource, put side by side. Nothing is parsed again.

https://hl7.org/fhir/R4/bundle.html#searchset
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.api.errors import outcome
from service.errors import Issue
from service.fhirjson import encode
from service.store import Stored

MATCH = b'{"fullUrl":%b,"resource":%b,"search":{"mode":"match"}}'
OUTCOME = b'{"resource":%b,"search":{"mode":"outcome"}}'


def searchset(
    base: str, rows: Iterable[Stored], total: int, links: Sequence[tuple[str, str]], remarks: Sequence[Issue]
) -> bytes:
    """``links`` are (relation, URL); ``remarks`` become an OperationOutcome entry, which ``total`` does not count."""
    entries = [MATCH % (encode(f"{base}/{row.resource_type}/{row.id}"), row.content) for row in rows]
    if remarks:
        entries.append(OUTCOME % encode(outcome(remarks)))
    link = encode([{"relation": relation, "url": url} for relation, url in links])
    head = b'{"resourceType":"Bundle","type":"searchset","total":%d,"link":%b' % (total, link)
    # FHIR has no empty lists
    return head + (b',"entry":[' + b",".join(entries) + b"]}" if entries else b"}")
