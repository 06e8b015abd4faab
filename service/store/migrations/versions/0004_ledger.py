"""The ledger per destination and resource, every attempt, acts of people, workers and their leases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table('ledger',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('type', sa.Text(), nullable=False),
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('their_id', sa.Text(), nullable=True),
        sa.Column('their_version', sa.Text(), nullable=True),
        sa.Column('sent_hash', sa.Text(), nullable=True),
        sa.Column('answered_hash', sa.Text(), nullable=True),
        sa.Column('intent_hash', sa.Text(), nullable=True),
        sa.Column('intent_at', sa.Text(), nullable=True),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('theirs', sa.LargeBinary(), nullable=True),
        sa.Column('updated_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'type', 'id')
    )
    op.create_index(op.f('ix_ledger_destination_state'), 'ledger', ['destination', 'state'], unique=False)
    op.execute(
        "INSERT INTO ledger (destination, type, id, state, their_id, their_version, sent_hash, updated_at) "
        "SELECT destination, type, id, 'delivered', their_id, their_version, sent_hash, updated_at FROM links"
    )
    op.drop_table('links')
    op.create_table('attempts',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('nth', sa.Integer(), nullable=False),
        sa.Column('began_at', sa.Text(), nullable=False),
        sa.Column('ended_at', sa.Text(), nullable=True),
        sa.Column('state', sa.Text(), nullable=True),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('detail', sa.Text(), nullable=True),
        sa.Column('sent', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('pk')
    )
    op.create_index(op.f('ix_attempts_number_destination'), 'attempts', ['number', 'destination'], unique=False)
    op.create_table('acts',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('at', sa.Text(), nullable=False),
        sa.Column('who', sa.Text(), nullable=False),
        sa.Column('act', sa.Text(), nullable=False),
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('pk')
    )
    op.create_index(op.f('ix_acts_number'), 'acts', ['number'], unique=False)
    op.create_table('workers',
        sa.Column('executor', sa.Text(), nullable=False),
        sa.Column('token', sa.Text(), nullable=False),
        sa.Column('process', sa.Text(), nullable=False),
        sa.Column('beat_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('executor')
    )
    op.create_table('leases',
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('owner', sa.Text(), nullable=False),
        sa.Column('until', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('name')
    )
    op.create_table('fidelity',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('read_at', sa.Text(), nullable=False),
        sa.Column('report', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'number', 'revision')
    )
    op.add_column('deliveries', sa.Column('since', sa.Text(), nullable=True))
    op.add_column('deliveries', sa.Column('owner', sa.Text(), nullable=True))
    op.add_column('deliveries', sa.Column('again', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('deliveries', sa.Column('mapped', sa.Text(), nullable=True))
    op.execute("UPDATE deliveries SET state = 'dead' WHERE state = 'failed'")
