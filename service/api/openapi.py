"""The OpenAPI document: generated from the mounted routes and the session model, the same text on every machine."""

from __future__ import annotations

from typing import Any

import yaml
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mappings import InfusionSession
from service.api.schemas import OUTCOME_SCHEMA

TITLE = "Infusion Bridge"
VERSION = "0.1.0"
DESCRIPTION = """\
Ketamine-infusion sessions in; FHIR R4, one-page summaries and deliveries to EHRs out.

* **Sessions** are sent by the clinic's system, as one JSON record per session.
* **FHIR** (4.0.1, JSON) is what readers ask; `/fhir/metadata` lists every search parameter.
* **Status** is for staff in a browser: where every session stands with every EHR, and a form for what can be done.
* Every error, but that of a form, is a FHIR OperationOutcome with one issue per fault. No error quotes a patient's
  value; each answer has an `X-Request-Id` that finds its line in the log.
* Callers show an API key: `Authorization: Bearer KEY`, or HTTP Basic with the key as password. A `clinic` key may do
  everything here; a `reader` key may read FHIR and summaries.
"""
LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, `ib_…`"},
    "basic": {"type": "http", "scheme": "basic", "description": "Any user name, the API key as password"},
}


class DocumentedApp(FastAPI):
    """A FastAPI application whose OpenAPI document knows the session record and our errors."""

    def __init__(self) -> None:
        super().__init__(
            title=TITLE,
            version=VERSION,
            description=DESCRIPTION,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
        )

    def openapi(self) -> dict[str, Any]:
        """Made once."""
        if self.openapi_schema is None:
            self.openapi_schema = self._document()
        return self.openapi_schema

    def _document(self) -> dict[str, Any]:
        document = get_openapi(title=self.title, version=self.version, description=DESCRIPTION, routes=self.routes)
        components = document.setdefault("components", {})
        schemas = {**components.get("schemas", {}), **session_schemas(), "OperationOutcome": OUTCOME_SCHEMA}
        # FastAPI's own error schemas: here every error is an OperationOutcome
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        components["schemas"] = dict(sorted(schemas.items()))
        components["securitySchemes"] = SECURITY_SCHEMES
        document["security"] = [{name: []} for name in SECURITY_SCHEMES]
        for path in document["paths"].values():
            for operation in path.values():
                _drop_framework_422(operation)
        return document


class SessionSchema(GenerateJsonSchema):
    """The record takes numbers as JSON numbers only; pydantic would also promise to read them from text."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:  # noqa: ARG002 (pydantic's)
        return {"type": "number"}


def session_schemas() -> dict[str, Any]:
    """JSON schemas of InfusionSession and all its parts, by name."""
    found = InfusionSession.model_json_schema(
        ref_template="#/components/schemas/{model}", schema_generator=SessionSchema
    )
    parts = found.pop("$defs")
    named: dict[str, Any] = _spelt({**parts, "InfusionSession": found})
    return named


def openapi_yaml(app: FastAPI) -> str:
    """The document as YAML, in a stable order."""
    return yaml.dump(app.openapi(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _spelt(schema: Any) -> Any:
    """Limits in JSON Schema's words: behind a validator of ours, pydantic leaves them in its own."""
    if isinstance(schema, list):
        return [_spelt(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    limits = LIMITS if schema.get("type") in ("number", "integer") else {}
    return {limits.get(name, name): _spelt(part) for name, part in schema.items()}


class _Dumper(yaml.SafeDumper):
    """Spells out what occurs twice, and writes long texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _drop_framework_422(operation: dict[str, Any]) -> None:
    answers = operation.get("responses", {})
    if "HTTPValidationError" in str(answers.get("422", "")):
        del answers["422"]
