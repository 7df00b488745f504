"""open answers."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('openanswer',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('submission', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=True),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('text_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('by_self', sa.Boolean(), nullable=False),
    sa.Column('given_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('comment', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('graded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('graded_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['graded_by'], ['account.id'], ),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.PrimaryKeyConstraint('learner_id', 'number'),
    sa.UniqueConstraint('learner_id', 'submission', name='open_answer_once')
    )
    with op.batch_alter_table('openanswer', schema=None) as batch_op:
        batch_op.create_index('open_answer_queue', ['graded_at', 'given_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('openanswer', schema=None) as batch_op:
        batch_op.drop_index('open_answer_queue')

    op.drop_table('openanswer')
