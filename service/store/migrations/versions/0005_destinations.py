"""What was learnt of destinations, and whether one is paused."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table('destinations',
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('paused_at', sa.Text(), nullable=True),
        sa.Column('paused_by', sa.Text(), nullable=True),
        sa.Column('base_url', sa.Text(), nullable=True),
        sa.Column('fetched_at', sa.Text(), nullable=True),
        sa.Column('statement', sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint('name')
    )
