"""Views of the gap that people keep by name."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

String = sqlmodel.sql.sqltypes.AutoString
Moment = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table('savedview',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('name', String(length=80), nullable=False),
    sa.Column('address', String(length=500), nullable=False),
    sa.Column('saved_at', Moment(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('account_id', 'name', name='saved_view_name')
    )
    op.create_index(op.f('ix_savedview_account_id'), 'savedview', ['account_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_savedview_account_id'), table_name='savedview')
    op.drop_table('savedview')
