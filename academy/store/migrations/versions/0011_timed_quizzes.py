"""timed quizzes."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime


revision = '0011'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('account', sa.Column('extra_time', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('attempt', sa.Column('ends_at', UTCDateTime(), nullable=True))


def downgrade() -> None:
    for table, name in (('attempt', 'ends_at'), ('account', 'extra_time')):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)
