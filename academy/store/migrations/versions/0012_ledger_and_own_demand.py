"""ledger, scenarios and own demand."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fileimport',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', AutoString(length=8), nullable=False),
    sa.Column('name', AutoString(length=120), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('made_by', AutoString(length=64), nullable=False),
    sa.Column('undone_at', UTCDateTime(), nullable=True),
    sa.Column('undone_by', AutoString(length=64), nullable=False),
    sa.CheckConstraint("kind IN ('claims', 'demand')", name='import_kind'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('claimversion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('claim_id', AutoString(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('made_by', AutoString(length=64), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['fileimport.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('claim_id', 'number', name='claim_version_once')
    )
    op.create_table('scenarioversion',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scenario_id', AutoString(length=12), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('retired', sa.Boolean(), nullable=False),
    sa.Column('made_at', UTCDateTime(), nullable=False),
    sa.Column('made_by', AutoString(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('scenario_id', 'number', name='scenario_version_once')
    )
    op.create_table('owndemand',
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('kind', AutoString(length=12), nullable=False),
    sa.Column('role_id', AutoString(length=12), nullable=False),
    sa.Column('state', AutoString(length=8), nullable=False),
    sa.Column('sector', AutoString(length=8), nullable=False),
    sa.Column('low', sa.Float(), nullable=False),
    sa.Column('mode', sa.Float(), nullable=False),
    sa.Column('high', sa.Float(), nullable=False),
    sa.Column('source', AutoString(length=500), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('grade', AutoString(length=1), nullable=False),
    sa.CheckConstraint('low <= mode AND mode <= high', name='own_demand_ascends'),
    sa.ForeignKeyConstraint(['import_id'], ['fileimport.id'], ),
    sa.PrimaryKeyConstraint('import_id', 'line')
    )
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.add_column(sa.Column('inputs', sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.drop_column('inputs')
    for table in ('owndemand', 'scenarioversion', 'claimversion', 'fileimport'):
        op.drop_table(table)
