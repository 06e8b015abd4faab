"""Sessions for property tests: Hypothesis makes the decisions of the generator, and so can shrink them.

``sessions()`` and ``courses()`` are plausible, ``wild_sessions()`` is any record that can be published. A failing
example shrinks to the plainest session that still fails. The documents behind them have strategies too.
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from mappings import InfusionSession, load_clinic, parse_session
from service.generator import Document, Tables, one_course, one_session, one_wild_session

NAMES = st.integers(0, 999_999).map(lambda serial: f"H-{serial:06d}")
DICE = st.randoms(use_true_random=False, note_method_calls=False)


@cache
def tables() -> Tables:
    """The shared terminology, read once."""
    return load_clinic().tables


def session_documents() -> st.SearchStrategy[Document]:
    return st.builds(lambda name, dice: one_session(dice, name, tables()), NAMES, DICE)


def wild_documents() -> st.SearchStrategy[Document]:
    return st.builds(lambda name, dice: one_wild_session(dice, name, tables()), NAMES, DICE)


def course_documents() -> st.SearchStrategy[list[Document]]:
    return st.builds(lambda name, dice: one_course(dice, name, tables()), NAMES, DICE)


def sessions() -> st.SearchStrategy[InfusionSession]:
    """A session as it happens in a clinic."""
    return session_documents().map(parse_session)


def wild_sessions() -> st.SearchStrategy[InfusionSession]:
    """Any record, however odd, that can be published."""
    return wild_documents().map(parse_session)


def courses() -> st.SearchStrategy[list[InfusionSession]]:
    """The sessions of one induction course."""
    return course_documents().map(lambda documents: [parse_session(document) for document in documents])
