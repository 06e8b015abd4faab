"""Stored statements; and indexes by which a destination's deliveries and attempts are counted and listed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table('statements',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('started_at', sa.Text(), nullable=False),
        sa.Column('ended_at', sa.Text(), nullable=True),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('detail', sa.Text(), nullable=True),
        sa.Column('by', sa.Text(), nullable=False),
        sa.Column('owner', sa.Text(), nullable=True),
        sa.Column('counts', sa.Text(), nullable=False),
        sa.Column('retracted', sa.Integer(), nullable=False),
        sa.Column('lines', sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint('pk')
    )
    op.create_index(op.f('ix_statements_destination_pk'), 'statements', ['destination', 'pk'], unique=False)
    op.drop_index(op.f('ix_deliveries_state'), table_name='deliveries')
    op.create_index(op.f('ix_deliveries_destination_state_number'), 'deliveries', ['destination', 'state', 'number'], unique=False)
    op.create_index(op.f('ix_attempts_destination_ended_at'), 'attempts', ['destination', 'ended_at'], unique=False)
