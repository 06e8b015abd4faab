"""A good many generated sessions, made and read once for all tests of the generator."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from mappings import Clinic, InfusionSession, load_clinic, parse_session
from service.generator import Document, sessions, wild_sessions

MANY = 1000


@pytest.fixture(scope="session")
def clinic() -> Clinic:
    return load_clinic()


@pytest.fixture(scope="session")
def documents(clinic: Clinic) -> list[Document]:
    """Plausible documents."""
    return list(islice(sessions(Random(1), "1", clinic.tables), MANY))


@pytest.fixture(scope="session")
def plausible(documents: list[Document]) -> list[InfusionSession]:
    return [parse_session(document) for document in documents]


@pytest.fixture(scope="session")
def wild_documents(clinic: Clinic) -> list[Document]:
    return list(islice(wild_sessions(Random(1), "1-W", clinic.tables), MANY))


@pytest.fixture(scope="session")
def wild(wild_documents: list[Document]) -> list[InfusionSession]:
    return [parse_session(document) for document in wild_documents]
