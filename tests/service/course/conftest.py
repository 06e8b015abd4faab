"""A pipeline on each kind of database."""

from __future__ import annotations

import pytest
from courses import (
    pipeline_on,
)

from service.pipeline import Pipeline
from service.store import Store


@pytest.fixture
def pipeline(store: Store) -> Pipeline:
    return pipeline_on(store)
