"""stage changes."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0009'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stagechange',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('was', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('stage', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('role_id', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('changed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number')
    )
    with op.batch_alter_table('stagechange', schema=None) as batch_op:
        batch_op.create_index('stage_change_moment', ['stage', 'changed_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('stagechange', schema=None) as batch_op:
        batch_op.drop_index('stage_change_moment')

    op.drop_table('stagechange')
