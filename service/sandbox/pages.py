"""What a person sees of the sandbox EHR: counts by type, and the latest writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from service.sandbox.records import Records, Tombstone

LATEST = 200
STYLE = "body{font:15px system-ui;margin:2em}td,th{padding:2px 1em 2px 0;text-align:left}h2{margin-top:1.5em}"


def start_page(records: Records) -> str:
    with records.lock:
        counts = Counter(kind for (kind, _), found in records.versions.items() if not isinstance(found[-1], Tombstone))
        latest = list(reversed(records.log[-LATEST:]))
    kinds = [
        (f'<a href="fhir/{escape(kind)}?_count=50">{escape(kind)}</a>', str(count))
        for kind, count in sorted(counts.items())
    ]
    writes = [
        (str(line.number), escape(line.time), line.method, _link(line.type, line.id), str(line.version))
        for line in latest
    ]
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox EHR</title><style>{STYLE}</style>"
        f"<h1>Sandbox EHR</h1><p>Holds synthetic data, in memory: {sum(counts.values())} resources, "
        f"{len(records.log)} writes. It is gone when this process ends.</p>"
        f"<h2>Resources</h2>{_table(('type', 'count'), kinds)}"
        f"<h2>Latest writes</h2>{_table(('#', 'time', 'method', 'resource', 'version'), writes)}</html>"
    )


def _link(kind: str, id_: str) -> str:
    return f'<a href="fhir/{kind}/{escape(id_)}">{kind}/{escape(id_)}</a>'


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th scope=col>{name}" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"
