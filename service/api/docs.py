"""The API documentation as one page, made on the server: it needs no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; background: #f3f4f6; padding: .1em .3em }
pre { padding: 1rem; overflow-x: auto; white-space: pre-wrap }
section { border-top: 1px solid #d0d7de; margin-top: 1.5rem }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid #e5e7eb; padding: .3rem .6rem .3rem 0;
vertical-align: top } td:first-child { white-space: nowrap } h3 code { font-size: 1.1em }
"""


def mount(app: FastAPI) -> None:
    app.add_api_route("/docs", page, methods=["GET"], include_in_schema=False)


async def page(request: Request) -> Response:
    document = request.app.openapi()
    body = "".join(_body(document))
    head = f"<meta charset=utf-8><title>{escape(document['info']['title'])} API</title><style>{STYLE}</style>"
    html = f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>"
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


def _body(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    yield f"<pre>{escape(info['description'])}</pre>"
    yield "<p>For tools: <a href=/openapi.json>openapi.json</a>. "
    yield "FHIR: <a href=/fhir/metadata>CapabilityStatement</a>.</p>"
    tag = ""
    for path, method, operation in _operations(document):
        if operation["tags"][0] != tag:
            tag = operation["tags"][0]
            yield f"<h2>{escape(tag)}</h2>"
        yield from _operation(path, method, operation)


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = [(path, method, op) for path, methods in document["paths"].items() for method, op in methods.items()]
    tags = list(dict.fromkeys(operation["tags"][0] for _, _, operation in found))
    return sorted(found, key=lambda item: tags.index(item[2]["tags"][0]))


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<section id={escape(operation['operationId'], quote=True)}>"
    yield f"<h3><code>{method.upper()} {escape(path)}</code> {escape(operation.get('summary', ''))}</h3>"
    yield f"<p>{escape(operation.get('description', ''))}</p><table>"
    for parameter in operation.get("parameters", []):
        words = f"{parameter['in']} parameter. {parameter.get('description', '')}"
        yield f"<tr><td><code>{escape(parameter['name'])}</code><td>{escape(words)}"
    for media_type in operation.get("requestBody", {}).get("content", {}):
        yield f"<tr><td>body<td><code>{escape(media_type)}</code>"
    for status, answered in operation["responses"].items():
        yield f"<tr><td>{escape(status)}<td>{escape(answered['description'])}"
    yield "</table></section>"
