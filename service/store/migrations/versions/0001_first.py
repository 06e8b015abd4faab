"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table('api_keys',
        sa.Column('name', sa.Text(), nullable=False),
        sa.Column('role', sa.Text(), nullable=False),
        sa.Column('key_hash', sa.Text(), nullable=False),
        sa.Column('created_at', sa.Text(), nullable=False),
        sa.Column('revoked_at', sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint('name'),
        sa.UniqueConstraint('key_hash', name=op.f('uq_api_keys_key_hash'))
    )
    op.create_table('deliveries',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('detail', sa.Text(), nullable=True),
        sa.Column('next_attempt_at', sa.Text(), nullable=True),
        sa.Column('updated_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'number', 'revision')
    )
    op.create_index(op.f('ix_deliveries_number'), 'deliveries', ['number'], unique=False)
    op.create_index(op.f('ix_deliveries_state'), 'deliveries', ['state'], unique=False)
    op.create_table('history',
        sa.Column('type', sa.Text(), nullable=False),
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('last_updated', sa.Text(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('type', 'id', 'version')
    )
    op.create_table('links',
        sa.Column('destination', sa.Text(), nullable=False),
        sa.Column('type', sa.Text(), nullable=False),
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('their_id', sa.Text(), nullable=False),
        sa.Column('their_version', sa.Text(), nullable=True),
        sa.Column('sent_hash', sa.Text(), nullable=True),
        sa.Column('updated_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('destination', 'type', 'id')
    )
    op.create_table('resources',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('type', sa.Text(), nullable=False),
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('last_updated', sa.Text(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('content_hash', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('as_of', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('pk'),
        sa.UniqueConstraint('id', 'type', name=op.f('uq_resources_id_type'))
    )
    op.create_index(op.f('ix_resources_last_updated'), 'resources', ['last_updated'], unique=False)
    op.create_index(op.f('ix_resources_type_pk'), 'resources', ['type', 'pk'], unique=False)
    op.create_table('revisions',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('content', sa.LargeBinary(), nullable=False),
        sa.Column('content_hash', sa.Text(), nullable=False),
        sa.Column('sender', sa.Text(), nullable=False),
        sa.Column('received_at', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('issues', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('pk'),
        sa.UniqueConstraint('number', 'revision', name=op.f('uq_revisions_number_revision'))
    )
    op.create_index(op.f('ix_revisions_state'), 'revisions', ['state'], unique=False)
    op.create_table('search_pages',
        sa.Column('id', sa.Text(), nullable=False),
        sa.Column('query', sa.Text(), nullable=False),
        sa.Column('created_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id')
    )
    op.create_table('sessions',
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('received_at', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('number')
    )
    op.create_table('index_date',
        sa.Column('resource', sa.Integer(), nullable=False),
        sa.Column('param', sa.Text(), nullable=False),
        sa.Column('a', sa.Text(), nullable=False),
        sa.Column('b', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['resource'], ['resources.pk'], )
    )
    op.create_index(op.f('ix_index_date_param_a'), 'index_date', ['param', 'a'], unique=False)
    op.create_index(op.f('ix_index_date_resource'), 'index_date', ['resource'], unique=False)
    op.create_table('index_string',
        sa.Column('resource', sa.Integer(), nullable=False),
        sa.Column('param', sa.Text(), nullable=False),
        sa.Column('a', sa.Text(), nullable=False),
        sa.Column('b', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['resource'], ['resources.pk'], )
    )
    op.create_index(op.f('ix_index_string_param_b'), 'index_string', ['param', 'b'], unique=False)
    op.create_index(op.f('ix_index_string_resource'), 'index_string', ['resource'], unique=False)
    op.create_table('index_token',
        sa.Column('resource', sa.Integer(), nullable=False),
        sa.Column('param', sa.Text(), nullable=False),
        sa.Column('a', sa.Text(), nullable=False),
        sa.Column('b', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['resource'], ['resources.pk'], )
    )
    op.create_index(op.f('ix_index_token_param_b_resource'), 'index_token', ['param', 'b', 'resource'], unique=False)
    op.create_index(op.f('ix_index_token_resource'), 'index_token', ['resource'], unique=False)
    op.create_table('members',
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('resource', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('yields', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['resource'], ['resources.pk'], ),
        sa.PrimaryKeyConstraint('number', 'resource')
    )
    op.create_index(op.f('ix_members_resource'), 'members', ['resource'], unique=False)
