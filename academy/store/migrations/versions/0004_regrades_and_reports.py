"""Regrades, audit events, and reports on questions."""

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('auditevent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('itemreport',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('course_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('key_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('text_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('language', sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('words', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('reported_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('reply', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('resolved_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('resolved_by', sa.Integer(), nullable=True),
    sa.CheckConstraint("reason IN ('key', 'unclear', 'outdated', 'language', 'other')", name='reason_known'),
    sa.ForeignKeyConstraint(['learner_id'], ['account.id'], ),
    sa.ForeignKeyConstraint(['resolved_by'], ['account.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('itemreport', schema=None) as batch_op:
        batch_op.create_index('item_report_item', ['course_id', 'item_id'], unique=False)
        batch_op.create_index('item_report_learner', ['learner_id', 'reported_at'], unique=False)

    op.create_table('regrade',
    sa.Column('learner_id', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('score_before', sa.Float(), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('key_version_before', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('key_version', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('regraded_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.CheckConstraint('score BETWEEN 0 AND 1 AND score_before BETWEEN 0 AND 1', name='regrade_score'),
    sa.ForeignKeyConstraint(['learner_id', 'sequence'], ['response.learner_id', 'response.sequence'], ),
    sa.PrimaryKeyConstraint('learner_id', 'sequence', 'number')
    )


def downgrade() -> None:
    op.drop_table('regrade')
    with op.batch_alter_table('itemreport', schema=None) as batch_op:
        batch_op.drop_index('item_report_learner')
        batch_op.drop_index('item_report_item')

    op.drop_table('itemreport')
    op.drop_table('auditevent')
