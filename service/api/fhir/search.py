"""search-type by GET and by POST _search: https://hl7.org/fhir/R4/http.html#search

A page is put together from the stored bytes. The link to the next page holds a random id and nothing of the patient.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from mappings.resource import ResourceMapping
from service.api.auth import caller
from service.api.bodies import limited_body
from service.api.errors import FHIR_JSON, Refused, outcome
from service.api.fhir.media import check_accept
from service.api.fhir.parameters import Query, parse
from service.api.service import service_of
from service.errors import Gone, Issue, Rejected
from service.fhirjson import encode
from service.store import SearchPage, Stored

FORM = "application/x-www-form-urlencoded"
NEXT = "_page"


class Search:
    """The search of one type."""

    def __init__(self, mapping: ResourceMapping) -> None:
        self.mapping = mapping

    async def get(self, request: Request) -> Response:
        check_accept(request)
        return await run_in_threadpool(self._answer, request, _pairs(request.url.query))

    async def post(self, request: Request) -> Response:
        check_accept(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise Refused(415, f"the body must be {FORM}")
        try:
            form = (await limited_body(request)).decode()
        except UnicodeDecodeError:
            raise Rejected("the form is not UTF-8", code="structure") from None
        return await run_in_threadpool(self._answer, request, _pairs(request.url.query) + _pairs(form))

    def _answer(self, request: Request, pairs: list[tuple[str, str]]) -> Response:
        caller(request, "fhir")
        handle = next((value for name, value in pairs if name == NEXT), None)
        if handle is not None:
            return self._next(request, handle)
        query = parse(self.mapping, pairs)
        if query.unknown and "handling=strict" in request.headers.get("prefer", ""):
            places = tuple(query.unknown)
            raise Rejected("not a search parameter of this type", *places, code="not-supported")
        return self._page(request, query, query.used, 0, None)

    def _next(self, request: Request, handle: str) -> Response:
        """Go on with a search; the handle was made for this type, or it does not exist."""
        kept = json.loads(service_of(request).store.page(handle))
        if kept["type"] != self.mapping.type:
            raise Gone("this page is no longer there: search again")
        pairs = [(name, value) for name, value in kept["pairs"]]
        return self._page(request, parse(self.mapping, pairs), ((NEXT, handle),), kept["after"], kept["upto"])

    def _page(
        self, request: Request, query: Query, shown: tuple[tuple[str, str], ...], after: int, upto: int | None
    ) -> Response:
        service = service_of(request)
        page = service.store.search(self.mapping.type, query.criteria, max(query.count, 1), after, upto)
        rows = page.rows if query.count else ()
        base = f"{service.settings.public_url}/fhir/{self.mapping.type}"
        links = [("self", f"{base}?{urlencode(shown)}" if shown else base)]
        if page.next_after is not None and query.count:
            kept = {"type": self.mapping.type, "pairs": query.used, "after": page.next_after, "upto": page.upto}
            handle = service.store.save_page(json.dumps(kept), datetime.now(UTC))
            links.append(("next", f"{base}?{NEXT}={handle}"))
        body = bundle(page, rows, links, f"{service.settings.public_url}/fhir", query.unknown)
        return Response(body, media_type=FHIR_JSON)


def bundle(
    page: SearchPage, rows: tuple[Stored, ...], links: list[tuple[str, str]], base: str, unknown: tuple[str, ...]
) -> bytes:
    """A searchset. What was ignored is said in an entry of its own, with the mode ``outcome``."""
    head = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": [{"relation": relation, "url": url} for relation, url in links],
    }
    entries = [
        b'{"fullUrl":"%b/%b/%b","resource":%b,"search":{"mode":"match"}}'
        % (base.encode(), row.resource_type.encode(), row.id.encode(), row.content)
        for row in rows
    ]
    if unknown:
        ignored = Issue("warning", "not-supported", "these search parameters were ignored", unknown)
        entries.append(encode({"resource": outcome([ignored]), "search": {"mode": "outcome"}}))
    start = encode(head)[:-1]
    return start + b',"entry":[' + b",".join(entries) + b"]}" if entries else start + b"}"


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except (UnicodeDecodeError, ValueError):
        raise Rejected("the search cannot be read", code="structure") from None
