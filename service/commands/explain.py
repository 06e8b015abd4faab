"""`explain`: of each element that a session yields, the field, the rule and the terminology row it comes from."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mappings import RESOURCES, load_clinic, parse_session
from mappings.explain import Explained, explain_session
from mappings.session import InvalidSession
from service.errors import Rejected
from service.fhirjson import encode, read_json
from service.settings import Settings


def run_explain(settings: Settings, file: Path, as_json: bool, console: Console) -> int:
    """Nothing is stored. Raises Rejected where the file is no session."""
    clinic = load_clinic(settings.clinic)
    try:
        session = parse_session(read_json(file.read_bytes()), clinic.units)
    except OSError as error:
        raise Rejected(f"{file}: {error.strerror}") from None
    except InvalidSession as error:
        raise Rejected(issues=error.issues) from None
    found = explain_session(session, clinic, RESOURCES)
    if as_json:
        for one in found:
            console.out(encode({name: getattr(one, name) for name in Explained.__slots__}).decode(), highlight=False)
        return 0
    for resource, elements in groupby(found, key=lambda one: one.resource):
        console.print(_table(resource, list(elements)))
    return 0


def _table(resource: str, elements: list[Explained]) -> Table:
    table = Table("element", "from", "rule", "terminology row", title=resource, title_justify="left")
    for one in elements:
        table.add_row(one.element, one.source, one.rule, one.row)
    return table
