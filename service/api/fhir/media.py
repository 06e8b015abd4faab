"""Content negotiation: FHIR JSON of version 4.0, or 406."""

from __future__ import annotations

from fastapi import Request

from service.api.errors import Refused

ACCEPTED = ("application/fhir+json", "application/json", "application/json+fhir", "text/json", "json")


def check_accept(request: Request) -> None:
    """``_format`` wins over ``Accept``, as FHIR says. Raises 406."""
    wanted = request.query_params.get("_format")
    if wanted is not None:
        if not _is_json(wanted.replace(" ", "+")):
            raise Refused(406, "only JSON is served")
        return
    accept = request.headers.get("accept")
    if accept is None or accept == "*/*":
        return
    if not any(_is_json(part) for part in accept.split(",")):
        raise Refused(406, "only FHIR JSON, fhirVersion 4.0, is served")


def _is_json(media: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in media.split(";"))
    versions = [p.partition("=")[2].strip('"') for p in parameters if p.startswith("fhirversion")]
    return (kind in ACCEPTED or kind in ("*/*", "application/*")) and all(version == "4.0" for version in versions)
