"""Metrics that name a course and a module or question."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

String = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    _resize(160)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM snapshotcell WHERE length(metric) > 32"))
    _resize(32)


def _resize(length: int) -> None:
    with op.batch_alter_table('snapshotcell', schema=None) as batch_op:
        batch_op.alter_column('metric', type_=String(length=length), existing_nullable=False)
