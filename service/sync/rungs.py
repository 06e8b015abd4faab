"""Cutting what is to be sent into pieces that lose nothing: a piece refers to itself and earlier pieces only. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol, TypeVar

from service.sync.planner import Item, Plan


class Piece(Protocol):
    """One resource on its way; ``conditional`` says that the server is to look for it first."""

    @property
    def item(self) -> Item: ...
    @property
    def conditional(self) -> bool: ...


Some = TypeVar("Some", bound=Piece)


def cut(plan: Plan, some: Sequence[Some]) -> list[list[Some]]:
    """As many as go together. A transaction takes what comes next in order; entries of a batch stand alone, so that
    those that refer to each other go in different ones; single writes go one by one."""
    if plan.way == "single":
        return [[one] for one in some]
    groups = [list(some)] if plan.way == "transaction" else _levels(some)
    return [piece for group in groups for piece in _small_enough(plan, group)]


def _levels(some: Sequence[Some]) -> list[list[Some]]:
    """First what refers to nothing here, then what refers to that, and so on."""
    level: dict[str, int] = {}
    groups: list[list[Some]] = []
    for one in some:  # referenced before referring, so that the levels of what it refers to are known
        depth = max((level[name] + 1 for name in one.item.refers_to if name in level), default=0)
        level[one.item.name] = depth
        if depth == len(groups):
            groups.append([])
        groups[depth].append(one)
    return groups


def _small_enough(plan: Plan, group: Sequence[Some]) -> list[list[Some]]:
    """In order, as many at a time as the limits allow."""
    pieces: list[list[Some]] = []
    conditional = False
    for one in group:
        conditional = conditional or one.conditional
        if not pieces or len(pieces[-1]) >= _most(plan, conditional):
            pieces.append([])
            conditional = one.conditional
        pieces[-1].append(one)
    return pieces


def _most(plan: Plan, conditional: bool) -> float:
    limits = [plan.max_entries, plan.max_conditional_entries if conditional else None]
    return min((limit for limit in limits if limit is not None), default=math.inf)
