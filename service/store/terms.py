"""The left half of a token as a small number: what parameter, in which system. A session has hundreds of tokens and the
whole store some hundred terms, so that their long texts are written once."""

from __future__ import annotations

import sqlalchemy as sa

from service.store.tables import terms

Term = tuple[str, str]  # ("Observation.code", "http://loinc.org"); of a reference, the target type


class Terms:
    """Numbers of terms; one for each process and database. Safe to share between threads."""

    def __init__(self) -> None:
        self._known: dict[Term, int] = {}

    def numbers(self, connection: sa.Connection, wanted: set[Term]) -> dict[Term, int]:
        """The number of each wanted term, given out in this write transaction where it has none.

        New ones are remembered by the next to read them: until then their transaction may still fail.
        """
        if wanted <= self._known.keys():
            return self._known
        self._known = {**self._known, **_read(connection, wanted)}
        new = wanted - self._known.keys()
        if not new:
            return self._known
        connection.execute(sa.insert(terms), [{"param": param, "system": system} for param, system in sorted(new)])
        return {**self._known, **_read(connection, new)}


def _read(connection: sa.Connection, wanted: set[Term]) -> dict[Term, int]:
    c, params = terms.c, {param for param, _ in wanted}
    found = connection.execute(sa.select(c.param, c.system, c.pk).where(c.param.in_(params)))
    return {(param, system): pk for param, system, pk in found if (param, system) in wanted}
