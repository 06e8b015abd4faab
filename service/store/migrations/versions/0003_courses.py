"""Which course each published session belongs to.

What is published is read once more for it; "?" stands for what a session tells: its next publication says what it is.
"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LATEST = """
SELECT r.number, r.revision, r.content, p.id FROM revisions r
JOIN (SELECT number, MAX(revision) AS revision FROM revisions WHERE state = 'published' GROUP BY number) latest
  ON latest.number = r.number AND latest.revision = r.revision
JOIN members m ON m.number = r.number AND m.yields
JOIN resources p ON p.pk = m.resource AND p.type = 'Patient'
"""


def upgrade() -> None:
    courses = op.create_table('courses',
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('patient', sa.Text(), nullable=False),
        sa.Column('course', sa.Text(), nullable=False),
        sa.Column('start', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('told', sa.Text(), nullable=False),
        sa.Column('outdated', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('number')
    )
    op.create_index(op.f('ix_courses_patient_course_start'), 'courses', ['patient', 'course', 'start'], unique=False)
    op.create_index(op.f('ix_courses_outdated'), 'courses', ['outdated'], unique=False)
    rows = [place(*row) for row in op.get_bind().exec_driver_sql(LATEST)]
    found = {row["number"]: row for row in rows if row is not None}
    if found:
        op.bulk_insert(courses, list(found.values()))


def place(number: str, revision: int, content: bytes, patient: str) -> dict[str, Any] | None:
    """The row of a session, or None where it names no course."""
    document = json.loads(bytes(content))
    course = (document.get("course") or {}).get("id")
    if course is None or document.get("status") == "entered-in-error":
        return None
    start = datetime.fromisoformat(document["start"]).astimezone(UTC).isoformat(timespec="microseconds")
    return {"number": number, "patient": patient, "course": course, "start": start, "revision": revision,
            "told": "?", "outdated": False}
