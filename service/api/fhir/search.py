"""search-type: resources of one type, by GET or by POST; both give the same answer.

https://hl7.org/fhir/R4/http.html#search · https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from mappings.resource import ResourceMapping
from service.api.bodies import FORM, read_body
from service.api.fhir.criteria import COMMON, MAX_COUNT, Query, read_query
from service.api.fhir.negotiation import check_format, fhir_answer
from service.api.fhir.paging import PAGE, Page, load_page
from service.api.fhir.searchset import searchset
from service.api.parts import Service, service_of
from service.api.schemas import failures
from service.errors import Issue, Rejected

Pairs = list[tuple[str, str]]
MAX_PARAMETERS = 100
DESCRIPTION = (
    "A comma is OR, a repeated parameter is AND. Unknown parameters are ignored, which an OperationOutcome entry says; "
    "with `Prefer: handling=strict` they are refused. `next` links are followed as they are, within a day."
)


def mount(app: FastAPI) -> None:
    """Two routes for each mapping, documented with its own parameters."""
    add: Any = app.add_api_route
    answers = {
        200: {"description": "Bundle of type searchset", "content": {"application/fhir+json": {}}},
        **failures(400, 401, 403, 406, 410, 503),
    }
    for mapping in app.state.service.pipeline.mappings:
        parameters = _parameters(mapping)
        form = {"type": "object", "properties": {p["name"]: {"type": "string"} for p in parameters}}
        body = {"requestBody": {"content": {FORM: {"schema": form}}}}
        shared: dict[str, Any] = {"tags": ["FHIR"], "responses": answers, "description": DESCRIPTION}
        summary = f"Search {mapping.type}"
        get, post = partial(search, mapping=mapping), partial(search_by_post, mapping=mapping)
        add(
            f"/fhir/{mapping.type}",
            _endpoint(get),
            methods=["GET"],
            operation_id=f"search{mapping.type}",
            summary=summary,
            openapi_extra={"parameters": parameters},
            **shared,
        )
        add(
            f"/fhir/{mapping.type}/_search",
            _endpoint(post),
            methods=["POST"],
            operation_id=f"search{mapping.type}ByPost",
            summary=f"{summary} by POST",
            openapi_extra=body,
            **{**shared, "responses": {**answers, **failures(413, 415)}},
        )


def _endpoint(bound: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        answer: Response = await bound(request)
        return answer

    return endpoint


async def search(request: Request, mapping: ResourceMapping) -> Response:
    return await _answer(request, mapping, _pairs(request.scope["query_string"]))


async def search_by_post(request: Request, mapping: ResourceMapping) -> Response:
    """The parameters of the body join those of the address."""
    body = await read_body(request, FORM)
    return await _answer(request, mapping, [*_pairs(request.scope["query_string"]), *_pairs(body)])


async def _answer(request: Request, mapping: ResourceMapping, pairs: Pairs) -> Response:
    check_format(request)
    strict = "handling=strict" in request.headers.get("prefer", "").replace(" ", "").lower()
    content = await run_in_threadpool(_search, service_of(request), mapping, pairs, strict)
    return fhir_answer(content)


def _search(service: Service, mapping: ResourceMapping, pairs: Pairs, strict: bool) -> bytes:
    base = f"{service.settings.public_url}/fhir"
    id_ = next((value for name, value in pairs if name == PAGE), None)
    if id_ is not None:
        page = load_page(service.store, mapping.type, id_)
        query = read_query(mapping, page.used, base)
        here = urlencode({PAGE: id_})
    else:
        query = read_query(mapping, pairs, base)
        _refuse_unknown(query.ignored, strict)
        page = Page(mapping.type, query.used, query.count)
        here = urlencode([*query.used, ("_count", query.count)])
    return _result(service, f"{base}/{mapping.type}?", here, base, page, query)


def _result(service: Service, address: str, here: str, base: str, page: Page, query: Query) -> bytes:
    found = service.store.search(page.type, query.criteria, page.count, page.after, page.upto)
    links = [("self", address + here)]
    if found.next_after is not None and page.count:
        following = Page(page.type, page.used, page.count, found.next_after, found.upto)
        id_ = service.store.save_page(following.text(), service.pipeline.clock())
        links.append(("next", address + urlencode({PAGE: id_})))
    return searchset(base, found.rows, found.total, links, query.ignored)


def _refuse_unknown(ignored: Sequence[Issue], strict: bool) -> None:
    if strict and ignored:
        text = "this search parameter is not supported, or has no value"
        raise Rejected(issues=tuple(Issue("error", issue.code, text, issue.expression) for issue in ignored))


def _pairs(data: bytes) -> Pairs:
    """Raises Rejected."""
    try:
        return parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError:
        raise Rejected("the parameters are not UTF-8", code="structure") from None
    except ValueError:
        raise Rejected(f"a search takes at most {MAX_PARAMETERS} parameters", code="too-costly") from None


def _parameters(mapping: ResourceMapping) -> list[dict[str, Any]]:
    counted = {"name": "_count", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}}
    named = [
        {"name": param.name, "in": "query", "description": param.type, "schema": {"type": "string"}}
        for param in (*COMMON, *mapping.search)
    ]
    return [*named, counted]
