"""Tokens name their parameter and system by a number; ``subject`` is found by the rows of ``patient``."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table('terms',
        sa.Column('pk', sa.Integer(), nullable=False),
        sa.Column('param', sa.Text(), nullable=False),
        sa.Column('system', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('pk'),
        sa.UniqueConstraint('param', 'system', name=op.f('uq_terms_param_system'))
    )
    op.drop_index(op.f('ix_index_token_param_b_resource'), 'index_token')
    op.drop_index(op.f('ix_index_token_resource'), 'index_token')
    op.rename_table('index_token', 'index_token_0001')
    op.create_table('index_token',
        sa.Column('resource', sa.Integer(), nullable=False),
        sa.Column('term', sa.Integer(), nullable=False),
        sa.Column('code', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('resource', 'term', 'code'),
        sqlite_with_rowid=False
    )
    op.execute(
        "INSERT INTO terms (param, system) SELECT DISTINCT param, a FROM index_token_0001 "
        "WHERE param NOT LIKE '%.subject'"
    )
    op.execute(
        "INSERT INTO index_token (resource, term, code) SELECT DISTINCT old.resource, terms.pk, old.b "
        "FROM index_token_0001 old JOIN terms ON terms.param = old.param AND terms.system = old.a"
    )
    op.drop_table('index_token_0001')
    op.create_index(op.f('ix_index_token_term_code_resource'), 'index_token', ['term', 'code', 'resource'], unique=False)
