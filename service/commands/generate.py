"""`generate`: made-up sessions as NDJSON, one document on a line; the same bytes for the same seed on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from random import Random
from typing import BinaryIO

from mappings import load_clinic
from service.fhirjson import encode
from service.generator import Document, courses, sessions, wild_sessions


def run_generate(count: int, seed: int, only_courses: bool, wild: bool, output: BinaryIO) -> None:
    """Write ``count`` documents. Numbers tell seed and mood apart, so that several runs fit into one store."""
    for document in islice(_documents(seed, only_courses, wild), count):
        output.write(encode(document) + b"\n")
    output.flush()


def _documents(seed: int, only_courses: bool, wild: bool) -> Iterator[Document]:
    random, tables = Random(seed), load_clinic().tables  # noqa: S311 - nothing here is secret
    if wild:
        return wild_sessions(random, f"{seed}-W", tables)
    if only_courses:
        return chain.from_iterable(courses(random, f"{seed}-C", tables))
    return sessions(random, str(seed), tables)
