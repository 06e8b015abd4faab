"""Made-up sessions: documents as clinics would send them, for tests, benchmarks and the demo. Nobody in them is real.

Randomness is passed in, so a seed always yields the same documents. Two moods:

- *plausible* (``sessions``, ``courses``): what happens in a clinic, in its usual proportions;
- *wild* (``wild_sessions``): any record that the session model takes and that can be published, however odd.

Documents are plain JSON values with Decimals. ``name`` must be unique: numbers, record numbers and courses hang on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from service.generator.cases import KINDS, case, visits
from service.generator.concepts import Tables
from service.generator.dice import Dice
from service.generator.session import is_fatal, session
from service.generator.units import Document
from service.generator.wild.session import wild_session

__all__ = [
    "Document",
    "Tables",
    "courses",
    "one_course",
    "one_session",
    "one_wild_session",
    "sessions",
    "wild_sessions",
]


def sessions(random: Random, name: str, tables: Tables) -> Iterator[Document]:
    """Without end: courses and single sessions, one patient after another."""
    dice = Dice(random)
    for place in _counted(name):
        yield from _course(dice, place, tables, dice.weighed(KINDS))


def courses(random: Random, name: str, tables: Tables) -> Iterator[list[Document]]:
    """Without end: induction courses, each of another patient."""
    return (one_course(random, place, tables) for place in _counted(name))


def wild_sessions(random: Random, name: str, tables: Tables) -> Iterator[Document]:
    """Without end: each of another patient."""
    return (one_wild_session(random, place, tables) for place in _counted(name))


def one_course(random: Random, name: str, tables: Tables) -> list[Document]:
    """An induction course."""
    return _course(Dice(random), name, tables, "induction")


def one_session(random: Random, name: str, tables: Tables) -> Document:
    """From anywhere in a course, or of none."""
    dice = Dice(random)
    about = case(dice, name, tables)
    return session(dice, about, dice.pick(visits(dice, about, dice.weighed(KINDS))))


def one_wild_session(random: Random, name: str, tables: Tables) -> Document:
    return wild_session(Dice(random), tables, f"GEN-{name}")


def _counted(name: str) -> Iterator[str]:
    return (f"{name}-{place:06d}" for place in count(1))


def _course(dice: Dice, name: str, tables: Tables, kind: str) -> list[Document]:
    """All sessions of one patient; a reaction that was fatal ends them."""
    about, found = case(dice, name, tables), list[Document]()
    for visit in visits(dice, about, kind):
        found.append(session(dice, about, visit))
        if is_fatal(found[-1]):
            break
    return found
