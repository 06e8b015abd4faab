"""Search over the index: criteria are joined by AND, the values within one by OR; pages go by pk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.store.engine import reading
from service.store.rows import SearchPage, Stored
from service.store.tables import index_date, index_string, index_token, resources, terms


@dataclass(frozen=True, slots=True)
class TokenCriterion:
    """``any_of`` holds (system, code); None stands for any system or any code. References: (target type, id)."""

    param: str
    any_of: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class DateCriterion:
    """``any_of`` holds (prefix, low, high), the interval as written by ``intervals.interval``."""

    param: str
    any_of: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class StringCriterion:
    """Folded texts that a value begins with."""

    param: str
    any_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IdCriterion:
    any_of: tuple[str, ...]


Criterion = TokenCriterion | DateCriterion | StringCriterion | IdCriterion
LAST_UPDATED = "_lastUpdated"


def search(
    engine: sa.Engine,
    resource_type: str,
    criteria: Sequence[Criterion],
    limit: int,
    after: int = 0,
    upto: int | None = None,
) -> SearchPage:
    """One page of the resources of a type, by pk. Resources that arrive after the first page are not in later ones."""
    chosen = sa.select(resources.c.pk).where(resources.c.type == resource_type)
    for criterion in criteria:
        chosen = chosen.where(_condition(resource_type, criterion))
    with reading(engine) as connection:
        if upto is None:
            upto = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(resources.c.pk), 0))) or 0
        chosen = chosen.where(resources.c.pk <= upto)
        total = connection.scalar(sa.select(sa.func.count()).select_from(chosen.subquery())) or 0
        page = chosen.where(resources.c.pk > after).order_by(resources.c.pk).limit(limit + 1)
        keys = [row[0] for row in connection.execute(page)]
        rows = _load(connection, keys[:limit])
    return SearchPage(rows, total, keys[limit - 1] if 0 < limit < len(keys) else None, upto)


def _load(connection: sa.Connection, keys: list[int]) -> tuple[Stored, ...]:
    c = resources.c
    columns = (c.type, c.id, c.version, c.last_updated, c.content, c.pk)
    found = connection.execute(sa.select(*columns).where(c.pk.in_(keys)).order_by(c.pk))
    return tuple(Stored(*row[:4], bytes(row[4]), row[5]) for row in found)


def _condition(resource_type: str, criterion: Criterion) -> sa.ColumnElement[bool]:
    if isinstance(criterion, IdCriterion):
        return resources.c.id.in_(criterion.any_of)
    if isinstance(criterion, DateCriterion) and criterion.param == LAST_UPDATED:
        column = resources.c.last_updated
        return sa.or_(*(_dated(prefix, column, column, low, high) for prefix, low, high in criterion.any_of))
    param = f"{resource_type}.{criterion.param}"
    match criterion:
        case TokenCriterion():
            tokens = sa.or_(*(_token(param, system, code) for system, code in criterion.any_of))
            return resources.c.pk.in_(sa.select(index_token.c.resource).where(tokens))
        case DateCriterion():
            table = index_date
            matches = [_dated(p, table.c.a, table.c.b, low, high) for p, low, high in criterion.any_of]
        case StringCriterion():
            table, matches = index_string, [index_string.c.b.startswith(t, autoescape=True) for t in criterion.any_of]
    return resources.c.pk.in_(sa.select(table.c.resource).where(table.c.param == param, sa.or_(*matches)))


def _token(param: str, system: str | None, code: str | None) -> sa.ColumnElement[bool]:
    chosen = sa.select(terms.c.pk).where(terms.c.param == param)
    if system is not None:
        chosen = chosen.where(terms.c.system == system)
    of_term = index_token.c.term.in_(chosen)
    return of_term if code is None else sa.and_(of_term, index_token.c.code == code)


def _dated(  # noqa: PLR0911 (one line per prefix)
    prefix: str, start: sa.ColumnElement[str], end: sa.ColumnElement[str], low: str, high: str
) -> sa.ColumnElement[bool]:
    """FHIR's prefixes over intervals: the resource's [start, end] against the parameter's [low, high]."""
    match prefix:
        case "ne":
            return sa.or_(start < low, end > high)
        case "gt":
            return end > high
        case "lt":
            return start < low
        case "ge":
            return end >= low
        case "le":
            return start <= high
        case "sa":
            return start > high
        case "eb":
            return end < low
        case _:
            return sa.and_(start >= low, end <= high)
