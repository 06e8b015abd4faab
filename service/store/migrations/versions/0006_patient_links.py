"""Who of our patients is who at a destination, and whose turn it is to create one there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table('patient_links',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('patient', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('their_id', sa.Text(), nullable=True),
        sa.Column('how', sa.Text(), nullable=True),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('by', sa.Text(), nullable=False),
        sa.Column('updated_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'patient')
    )
    op.create_table('patient_turns',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('patient', sa.Text(), nullable=False),
        sa.Column('holder', sa.Text(), nullable=False),
        sa.Column('until', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'patient')
    )
